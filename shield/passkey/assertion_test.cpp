#include "shield/passkey/assertion.hpp"

#include <fido.h>
#include <fido/es256.h>

#include <catch2/catch_test_macros.hpp>

#include "shield/message/digest.hpp"
#include "shield/passkey/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::passkey;

namespace {

const Bytes kChallenge(32, 0xC4);
const Bytes kUser(32, 0x77);
const RelyingParty kParty{"shield.localhost", {"http://anchor.shield.localhost:8711"}};

Result<Assertion> verified(const json::object& credential, const Passkey& passkey) {
    return verify_assertion(credential, kParty, kChallenge, kUser, {&passkey, 1});
}
std::string refusal(const json::object& credential, const Passkey& passkey) {
    const auto got = verified(credential, passkey);
    return got ? "accepted" : got.error().object.empty() ? got.error().detail : got.error().object;
}
std::string refusal(const SoftAuthenticator& authenticator) {
    return refusal(authenticator.get(kChallenge), authenticator.passkey());
}

// One byte of a base64url member turned over.
void flip(json::object& credential, const char* member, std::size_t at) {
    auto& response = credential.at("response").as_object();
    auto bytes = *from_base64url(std::string_view(response.at(member).as_string()));
    bytes[at % bytes.size()] ^= 1U;
    response[member] = to_base64url(bytes);
}

// libfido2's verdict on the same assertion: an implementation that shares no line with ours.
bool fido_takes(const json::object& credential, const Passkey& passkey) {
    const auto& response = credential.at("response").as_object();
    const auto bytes = [&](const char* name) {
        return *from_base64url(std::string_view(response.at(name).as_string()));
    };
    const Bytes client = bytes("clientDataJSON");
    const Bytes data = bytes("authenticatorData");
    const Bytes signature = bytes("signature");
    fido_assert_t* assertion = fido_assert_new();
    es256_pk_t* key = es256_pk_new();
    Bytes point;  // X and Y of the COSE key of tests, which is laid out canonically
    const Bytes& cose = passkey.key.cose;
    point.insert(point.end(), cose.begin() + 10, cose.begin() + 42);
    point.insert(point.end(), cose.begin() + 45, cose.begin() + 77);
    const bool ok = es256_pk_from_ptr(key, point.data(), point.size()) == FIDO_OK &&
                    fido_assert_set_clientdata(assertion, client.data(), client.size()) == FIDO_OK &&
                    fido_assert_set_rp(assertion, kParty.id.c_str()) == FIDO_OK &&
                    fido_assert_set_count(assertion, 1) == FIDO_OK &&
                    fido_assert_set_authdata_raw(assertion, 0, data.data(), data.size()) == FIDO_OK &&
                    fido_assert_set_sig(assertion, 0, signature.data(), signature.size()) == FIDO_OK &&
                    fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
                    fido_assert_set_uv(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
                    fido_assert_verify(assertion, 0, COSE_ES256, key) == FIDO_OK;
    es256_pk_free(&key);
    fido_assert_free(&assertion);
    return ok;
}

}  // namespace

TEST_CASE("7.2: a good assertion of every algorithm is accepted, with the bytes for a receipt") {
    for (const auto algorithm : {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256}) {
        SoftAuthenticator authenticator(algorithm);
        authenticator.user_handle = kUser;
        const auto assertion = verified(authenticator.get(kChallenge), authenticator.passkey());
        REQUIRE(assertion);
        CHECK(assertion->passkey == 0);
        CHECK(assertion->authenticator_data.size() == 37);
        CHECK(as_text(assertion->client_data).contains(to_base64url(kChallenge)));
        CHECK(assertion->sign_count == 1);
        CHECK_FALSE(assertion->count_went_back);
    }
}

TEST_CASE("7.2 step 5: an unknown credential is refused") {
    const SoftAuthenticator authenticator;
    SoftAuthenticator other;
    other.id = Bytes(16, 1);
    CHECK(refusal(authenticator.get(kChallenge), other.passkey()) == "id");
}

TEST_CASE("7.2 step 6: the user handle is the one of registration") {
    SoftAuthenticator authenticator;
    authenticator.user_handle = Bytes(32, 0x78);
    CHECK(refusal(authenticator) == "userHandle");
}

TEST_CASE("7.2 step 10: type is webauthn.get") {
    SoftAuthenticator authenticator;
    authenticator.type = "webauthn.create";
    CHECK(refusal(authenticator) == "type");
}

TEST_CASE("7.2 step 11: the challenge is ours, to the byte") {
    const SoftAuthenticator authenticator;
    Bytes other = kChallenge;
    other.back() ^= 1U;
    CHECK(refusal(authenticator.get(other), authenticator.passkey()) == "challenge");
    other.pop_back();
    CHECK(refusal(authenticator.get(other), authenticator.passkey()) == "challenge");
}

TEST_CASE("7.2 step 12: the origin is ours, scheme and port included") {
    SoftAuthenticator authenticator;
    for (const char* other : {"https://anchor.shield.localhost:8711", "http://anchor.shield.localhost:80",
                              "http://anchor.shield.localhost", "http://anchor.shield.localhost.evil.example:8711"}) {
        authenticator.origin = other;
        CHECK(refusal(authenticator) == "origin");
    }
}

TEST_CASE("7.2 steps 13 and 14: no foreign page framed ours") {
    SoftAuthenticator authenticator;
    authenticator.client_data_more = R"("crossOrigin":true)";
    CHECK(refusal(authenticator) == "crossOrigin");
    authenticator.client_data_more = R"("topOrigin":"http://anchor.shield.localhost:8711")";
    CHECK(refusal(authenticator) == "topOrigin");
}

TEST_CASE("7.2 step 15: rpIdHash is that of our RP ID") {
    SoftAuthenticator authenticator;
    authenticator.rp_id = "anchor.shield.localhost";
    CHECK(refusal(authenticator) == "rpIdHash");
}

TEST_CASE("7.2 step 16: the user was present") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUv;
    CHECK(refusal(authenticator) == "UP");
}

TEST_CASE("7.2 step 17: the user was verified") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUp;
    CHECK(refusal(authenticator) == "UV");
}

TEST_CASE("7.2 step 18: backed up only if eligible") {
    SoftAuthenticator authenticator;
    authenticator.flags = kUp | kUv | kBs;
    CHECK(refusal(authenticator).contains("BS"));
}

TEST_CASE("7.2 step 19: eligibility for backup never changes") {
    SoftAuthenticator authenticator;
    auto passkey = authenticator.passkey();
    passkey.backup_eligible = true;
    CHECK(refusal(authenticator.get(kChallenge), passkey) == "BE");
    authenticator.flags = kUp | kUv | kBe | kBs;
    CHECK(refusal(authenticator.get(kChallenge), passkey) == "accepted");
    passkey.backup_eligible = false;
    CHECK(refusal(authenticator.get(kChallenge), passkey) == "BE");
}

TEST_CASE("7.2 step 21: the signature is the stored key's over authenticator data and client data") {
    const SoftAuthenticator authenticator;
    const auto passkey = authenticator.passkey();
    for (const std::size_t at : {std::size_t{10}, std::size_t{40}, std::size_t{69}}) {
        auto credential = authenticator.get(kChallenge);
        flip(credential, "signature", at);
        CHECK(refusal(credential, passkey) == "signature");
    }
    auto credential = authenticator.get(kChallenge);
    flip(credential, "authenticatorData", 36);  // the counter: nothing but the signature guards it
    CHECK(refusal(credential, passkey) == "signature");

    // Another key under the same id.
    CHECK(refusal(SoftAuthenticator().get(kChallenge), passkey) == "signature");
    credential.at("response").as_object()["signature"] = "";
    CHECK(refusal(credential, passkey) == "signature");
}

TEST_CASE("7.2 step 21: the algorithm is the stored one") {
    const SoftAuthenticator rsa(Algorithm::rs256);
    const SoftAuthenticator ecdsa;
    CHECK(refusal(rsa.get(kChallenge), ecdsa.passkey()) == "signature");
    CHECK(refusal(ecdsa.get(kChallenge), rsa.passkey()) == "signature");
}

TEST_CASE("7.2 step 22: a counter that goes back is told, not refused") {
    SoftAuthenticator authenticator;
    auto passkey = authenticator.passkey();
    const auto back = [&](std::uint32_t stored, std::uint32_t given) {
        passkey.sign_count = stored;
        authenticator.sign_count = given;
        const auto assertion = verified(authenticator.get(kChallenge), passkey);
        REQUIRE(assertion);
        return assertion->count_went_back;
    };
    CHECK_FALSE(back(0, 0));
    CHECK_FALSE(back(0, 1));
    CHECK_FALSE(back(5, 6));
    CHECK(back(5, 5));
    CHECK(back(5, 4));
    CHECK(back(5, 0));
}

TEST_CASE("6.1: an assertion's authenticator data has 37 bytes, or extensions and nothing after them") {
    SoftAuthenticator authenticator;
    authenticator.trailing = {0};
    CHECK(refusal(authenticator).contains("follow"));
    authenticator.flags = kUp | kUv | kEd;
    authenticator.trailing = {0xA0};
    CHECK(refusal(authenticator.get(kChallenge), authenticator.passkey()) == "accepted");
    auto credential = authenticator.get(kChallenge);
    credential.at("response").as_object()["authenticatorData"] = to_base64url(Bytes(36, 0));
    CHECK(refusal(credential, authenticator.passkey()).contains("shorter"));
}

TEST_CASE("7.2: an assertion carries no new credential") {
    const SoftAuthenticator authenticator;
    auto credential = authenticator.get(kChallenge);
    credential.at("response").as_object()["authenticatorData"] =
        authenticator.create(kChallenge).at("response").at("authenticatorData");
    CHECK(refusal(credential, authenticator.passkey()) == "AT");
}

TEST_CASE("libfido2 gives the same verdicts") {
    fido_init(0);
    const SoftAuthenticator authenticator;
    const auto passkey = authenticator.passkey();
    const auto good = authenticator.get(kChallenge);
    REQUIRE(refusal(good, passkey) == "accepted");
    REQUIRE(fido_takes(good, passkey));

    auto altered = good;
    flip(altered, "signature", 20);
    CHECK_FALSE(fido_takes(altered, passkey));
    CHECK(refusal(altered, passkey) != "accepted");
    altered = good;
    flip(altered, "authenticatorData", 35);
    CHECK_FALSE(fido_takes(altered, passkey));
    CHECK(refusal(altered, passkey) != "accepted");
    altered = good;
    flip(altered, "clientDataJSON", 50);
    CHECK_FALSE(fido_takes(altered, passkey));
    CHECK(refusal(altered, passkey) != "accepted");
    CHECK_FALSE(fido_takes(good, SoftAuthenticator().passkey()));

    SoftAuthenticator unverified;
    unverified.flags = kUp;
    CHECK_FALSE(fido_takes(unverified.get(kChallenge), unverified.passkey()));
    SoftAuthenticator elsewhere;
    elsewhere.rp_id = "localhost";
    CHECK_FALSE(fido_takes(elsewhere.get(kChallenge), elsewhere.passkey()));
}
