#include "shield/passkey/registration.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/passkey/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::passkey;

namespace {

const Bytes kChallenge(32, 0xC4);
const RelyingParty kParty{"shield.localhost",
                          {"http://anchor.shield.localhost:8711", "https://second.shield.localhost"}};

Result<Passkey> registered(const json::object& credential, std::span<const Passkey> known = {}) {
    return verify_registration(credential, kParty, kChallenge, known);
}
// The object of the error, or what was wrongly taken.
std::string refusal(const json::object& credential, std::span<const Passkey> known = {}) {
    const auto got = registered(credential, known);
    return got ? "accepted" : got.error().object.empty() ? got.error().detail : got.error().object;
}
std::string refusal(const SoftAuthenticator& authenticator) {
    return refusal(authenticator.create(kChallenge));
}
json::object& response_of(json::object& credential) {
    return credential.at("response").as_object();
}

}  // namespace

TEST_CASE("7.1: a good registration of every algorithm is accepted, with the attested key") {
    for (const auto algorithm : {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256}) {
        const SoftAuthenticator authenticator(algorithm);
        const auto passkey = registered(authenticator.create(kChallenge));
        REQUIRE(passkey);
        CHECK(passkey->id == authenticator.id);
        CHECK(passkey->key.algorithm == algorithm);
        CHECK(passkey->key.cose == authenticator.cose());
        CHECK(passkey->key.spki == authenticator.passkey().key.spki);
        CHECK(passkey->sign_count == 1);
        CHECK_FALSE(passkey->backup_eligible);
    }
}

TEST_CASE("7.1 step 7: type is webauthn.create") {
    SoftAuthenticator authenticator;
    authenticator.type = "webauthn.get";
    CHECK(refusal(authenticator) == "type");
}

TEST_CASE("7.1 step 8: the challenge is ours") {
    const SoftAuthenticator authenticator;
    CHECK(refusal(authenticator.create(Bytes(32, 0xC5))) == "challenge");
    CHECK(refusal(authenticator.create(Bytes(31, 0xC4))) == "challenge");
    CHECK(refusal(authenticator.create({})) == "challenge");
}

TEST_CASE("7.1 step 9: the origin is one of the list, scheme and port included") {
    SoftAuthenticator authenticator;
    for (const char* other : {"https://anchor.shield.localhost:8711", "http://anchor.shield.localhost",
                              "http://anchor.shield.localhost:8712", "http://anchor.shield.localhost:8711/",
                              "http://evil.shield.localhost:8711", "http://shield.localhost:8711", "null", ""}) {
        authenticator.origin = other;
        CHECK(refusal(authenticator) == "origin");
    }
    authenticator.origin = "https://second.shield.localhost";
    CHECK(refusal(authenticator) == "accepted");
}

TEST_CASE("7.1 steps 10 and 11: no foreign page framed ours") {
    SoftAuthenticator authenticator;
    authenticator.client_data_more = R"("crossOrigin":true)";
    CHECK(refusal(authenticator) == "crossOrigin");
    authenticator.client_data_more = R"("crossOrigin":false,"topOrigin":"https://evil.example")";
    CHECK(refusal(authenticator) == "topOrigin");
    authenticator.client_data_more = R"("crossOrigin":"no")";
    CHECK(refusal(authenticator) == "crossOrigin");
    authenticator.client_data_more = R"("other_keys_can_be_added_here":"do not compare against a template")";
    CHECK(refusal(authenticator) == "accepted");
}

TEST_CASE("7.1 step 14: rpIdHash is that of our RP ID") {
    SoftAuthenticator authenticator;
    authenticator.rp_id = "localhost";
    CHECK(refusal(authenticator) == "rpIdHash");
}

TEST_CASE("7.1 steps 15 and 16: the user was present and verified") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUv;
    CHECK(refusal(authenticator) == "UP");
    authenticator.flags = kUp;
    CHECK(refusal(authenticator) == "UV");
}

TEST_CASE("7.1 step 17: backed up only if eligible") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUp | kUv | kBs;
    CHECK(refusal(authenticator).contains("BS"));
    authenticator.flags = kUp | kUv | kBe | kBs;
    CHECK(registered(authenticator.create(kChallenge))->backup_eligible);
}

TEST_CASE("6.1: reserved flags and trailing bytes are refused, extensions are read over") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUp | kUv | 0x02;
    CHECK(refusal(authenticator).contains("reserved"));
    authenticator.flags = kUp | kUv;
    authenticator.trailing = {0};
    CHECK(refusal(authenticator).contains("follow"));
    authenticator.flags = kUp | kUv | kEd;
    authenticator.trailing = {0xA1, 0x61, 'x', 0xF5};
    CHECK(refusal(authenticator) == "accepted");
    authenticator.trailing.push_back(0);
    CHECK(refusal(authenticator).contains("follow"));
    authenticator.trailing = {0x80};
    CHECK(refusal(authenticator).contains("extensions"));
    authenticator.trailing = {};
    CHECK(refusal(authenticator).contains("extensions"));
}

TEST_CASE("7.1 step 20: only ES256, EdDSA and RS256 keys, strictly written") {
    const auto reason = [](const Bytes& cose) {
        const auto key = parse_cose_key(cose);
        return key ? "accepted" : key.error().detail;
    };
    const Bytes good = SoftAuthenticator().cose();
    REQUIRE(reason(good) == "accepted");

    Bytes es384 = good;
    es384[4] = 0x38;
    es384.insert(es384.begin() + 5, 34);
    CHECK(reason(es384).contains("algorithm -35"));

    Bytes off_curve = good;
    off_curve[12] = static_cast<std::uint8_t>(off_curve[12] ^ 1U);
    CHECK(reason(off_curve).contains("no key"));

    Bytes other_curve = good;
    other_curve[6] = 2;
    CHECK(reason(other_curve).contains("parameters"));

    Bytes twice = good;
    twice[3] = 1;
    CHECK(reason(twice).contains("twice"));

    Bytes long_form = good;
    long_form[0] = 0xB8;
    long_form.insert(long_form.begin() + 1, 5);
    CHECK(reason(long_form).contains("shortest"));

    Bytes indefinite = good;
    indefinite[0] = 0xBF;
    indefinite.push_back(0xFF);
    CHECK(reason(indefinite).contains("indefinite"));

    Bytes longer = good;
    longer.push_back(0);
    CHECK(reason(longer).contains("follow"));
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(reason(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))) != "accepted");

    // RSA of 1024 bits: n cut in half.
    Bytes rsa;
    append_cbor_head(rsa, 5, 4);
    const Bytes before_n{0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x58, 0x80};
    const Bytes after_n{0x21, 0x43, 0x01, 0x00, 0x01};
    rsa.insert(rsa.end(), before_n.begin(), before_n.end());
    rsa.insert(rsa.end(), 128, 0xC1);
    rsa.insert(rsa.end(), after_n.begin(), after_n.end());
    CHECK(reason(rsa).contains("no key"));
}

TEST_CASE("7.1 steps 21 to 24: attestation none, or self attestation that holds") {
    SoftAuthenticator authenticator;
    authenticator.self_attestation = true;
    CHECK(refusal(authenticator) == "accepted");

    // The signature's last byte is the last before "authData".
    auto credential = authenticator.create(kChallenge);
    auto& response = response_of(credential);
    auto object = *from_base64url(std::string_view(response.at("attestationObject").as_string()));
    const std::string_view text = as_text(object);
    object[text.find("hauthData") - 1] ^= 1U;
    response["attestationObject"] = to_base64url(object);
    CHECK_FALSE(registered(credential));

    credential = SoftAuthenticator().create(kChallenge);
    object = *from_base64url(std::string_view(response_of(credential).at("attestationObject").as_string()));
    object[as_text(object).find("none")] = 'm';
    response_of(credential)["attestationObject"] = to_base64url(object);
    CHECK(refusal(credential) == "fmt");
}

TEST_CASE("7.1 step 25: the credential id has 1 to 1023 bytes") {
    SoftAuthenticator authenticator;
    authenticator.id = Bytes(1023, 1);
    CHECK(refusal(authenticator) == "accepted");
    authenticator.id = Bytes(1024, 1);
    CHECK(refusal(authenticator).contains("credential id"));
    authenticator.id = {};
    CHECK(refusal(authenticator).contains("credential id"));
}

TEST_CASE("7.1 step 26: a credential id is registered once") {
    const SoftAuthenticator authenticator;
    const std::vector known{authenticator.passkey()};
    CHECK(refusal(authenticator.create(kChallenge), known) == "id");
}

TEST_CASE("what the browser repeats beside the attestation object must agree, and may be absent") {
    const SoftAuthenticator authenticator;
    const SoftAuthenticator other;
    const auto good = authenticator.create(kChallenge);
    for (const char* name : {"publicKey", "authenticatorData"}) {
        auto credential = good;
        response_of(credential)[name] = other.create(kChallenge).at("response").at(name);
        CHECK(refusal(credential) == name);
        response_of(credential).erase(name);
        CHECK(refusal(credential) == "accepted");
    }
    auto credential = good;
    response_of(credential)["publicKeyAlgorithm"] = -257;
    CHECK(refusal(credential) == "publicKeyAlgorithm");
    credential = good;
    credential["rawId"] = "AAAA";
    CHECK(refusal(credential) == "rawId");
    credential["id"] = "AAAA";
    CHECK(refusal(credential) == "id");
    credential = good;
    credential["type"] = "password";
    CHECK(refusal(credential) == "type");
    for (const char* name : {"clientDataJSON", "attestationObject"}) {
        credential = good;
        response_of(credential)[name] = "not base64url!";
        CHECK(refusal(credential) == name);
    }
}
