#include "shield/profile/accept.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/message/canonical_json.hpp"
#include "shield/message/channel.hpp"
#include "shield/profile/allowed_signers.hpp"
#include "shield/profile/ssh_testing.hpp"
#include "shield/profile/sshsig.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold::profile;

namespace {

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
const std::string kNamespace(kProfileNamespace);

struct Signed {
    Workshop workshop;
    std::string key = workshop.make_key("alice", "ed25519");
    std::string signers = "alice namespaces=\"anchorhold-profile\" " + key + " her laptop\n";
    std::string text{kDemo};
    std::string signature = workshop.sign("alice", text, kNamespace);

    [[nodiscard]] Offer offer() const { return {text, signature, signers, kNow, {}, 0}; }
};

std::string refusal_of(const Offer& offer) {
    const auto accepted = accept(offer);
    if (accepted)
        return "accepted";
    CHECK_FALSE(accepted.error().error.detail.empty());
    return std::string(to_text(accepted.error().why));
}

}  // namespace

TEST_CASE("a rightly signed profile is accepted") {
    const Signed given;
    const auto accepted = accept(given.offer());
    REQUIRE(accepted);
    CHECK(accepted->profile.name == "demo");
    CHECK(accepted->signer == "alice");
    CHECK(accepted->fingerprint.starts_with("SHA256:"));
}

TEST_CASE("every type of key that ssh-keygen makes and we take") {
    Workshop workshop;
    const auto take = [&](const std::string& type, int bits, const std::string& options) {
        const std::string name = type + std::to_string(bits) + std::to_string(options.size());
        const std::string signers = "alice " + workshop.make_key(name, type, bits) + "\n";
        const std::string signature = workshop.sign(name, kDemo, kNamespace, options);
        return accept(Offer{kDemo, signature, signers, kNow}).has_value();
    };
    CHECK(take("ed25519", 0, ""));
    CHECK(take("ed25519", 0, "-O hashalg=sha256"));
    CHECK(take("ecdsa", 256, ""));
    CHECK(take("rsa", 2048, ""));
    CHECK(take("rsa", 3072, "-O hashalg=sha256"));
    CHECK_FALSE(take("ecdsa", 384, ""));
    CHECK_FALSE(take("rsa", 1024, ""));
}

TEST_CASE("security keys sign when they were touched, as ssh-keygen itself sees it") {
    Workshop workshop;
    for (const bool ecdsa : {false, true}) {
        const Touched touched = sign_as_security_key(ecdsa, kDemo, kNamespace, 0x01);
        const std::string signers = "alice " + touched.public_line + "\n";
        CHECK(workshop.verify(kDemo, touched.signature, signers));
        CHECK(accept(Offer{kDemo, touched.signature, signers, kNow}));

        const Touched absent = sign_as_security_key(ecdsa, kDemo, kNamespace, 0x00);
        const std::string absent_signers = "alice " + absent.public_line + "\n";
        CHECK(refusal_of(Offer{kDemo, absent.signature, absent_signers, kNow}) == "wrong-signature");

        const Touched foreign = sign_as_security_key(ecdsa, kDemo, kNamespace, 0x01, "https://shield.localhost");
        CHECK_FALSE(parse_signature(foreign.signature));
    }
}

TEST_CASE("each refusal has its own name") {
    Signed given;
    Offer offer = given.offer();
    const std::string altered = demo_with("verdict = \"ask\"", "verdict = \"allow\"");

    SECTION("none given") {
        offer.text = std::nullopt;
        CHECK(refusal_of(offer) == "none-given");
        offer.text = "";
        CHECK(refusal_of(offer) == "none-given");
    }
    SECTION("unsigned") {
        offer.signature = std::nullopt;
        CHECK(refusal_of(offer) == "no-signature");
    }
    SECTION("altered text") {
        offer.text = altered;
        CHECK(refusal_of(offer) == "wrong-signature");
    }
    SECTION("signed for another purpose") {
        const std::string signature = given.workshop.sign("alice", kDemo, "git");
        offer.signature = signature;
        CHECK(refusal_of(offer) == "wrong-signature");
        CHECK(accept(offer).error().error.text().contains("ssh-keygen -Y sign -n anchorhold-profile"));
    }
    SECTION("unknown signer") {
        given.workshop.make_key("mallory", "ed25519");
        const std::string signature = given.workshop.sign("mallory", kDemo, kNamespace);
        offer.signature = signature;
        CHECK(refusal_of(offer) == "unknown-signer");
        offer.signature = given.signature;
        offer.allowed_signers = "# nobody\n";
        CHECK(refusal_of(offer) == "unknown-signer");
    }
    SECTION("a signer whose time is over, has not come, or who may sign other things") {
        const std::string before = "alice valid-before=\"20261121Z\" " + given.key + "\n";
        offer.allowed_signers = before;
        CHECK(refusal_of(offer) == "unknown-signer");
        CHECK(accept(offer).error().error.detail.contains("was valid until 2026-11-21T00:00:00Z"));
        const std::string after = "alice valid-after=\"202611210001Z\" " + given.key + "\n";
        offer.allowed_signers = after;
        CHECK(refusal_of(offer) == "unknown-signer");
        const std::string other = "alice namespaces=\"git,file\" " + given.key + "\n";
        offer.allowed_signers = other;
        CHECK(refusal_of(offer) == "unknown-signer");
        const std::string again = before + after + "alice " + given.key + "\n";
        offer.allowed_signers = again;
        CHECK(refusal_of(offer) == "accepted");
    }
    SECTION("malformed signers") {
        const std::string authority = "alice cert-authority " + given.key + "\n";
        offer.allowed_signers = authority;
        CHECK(refusal_of(offer) == "malformed-signers");
    }
    SECTION("malformed, though signed") {
        const std::string text = demo_with("version = 1", "version = 0");
        const std::string signature = given.workshop.sign("alice", text, kNamespace);
        offer.text = text;
        offer.signature = signature;
        CHECK(refusal_of(offer) == "malformed");
        CHECK(accept(offer).error().error.object == "line 2, column 11");
    }
    SECTION("too large") {
        const std::string text = std::string(kDemo) + std::string(kMaxAcceptedText, '#');
        offer.text = text;
        CHECK(refusal_of(offer) == "too-large");
    }
    SECTION("expired") {
        offer.now = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};
        CHECK(refusal_of(offer) == "expired");
        offer.now -= std::chrono::seconds(1);
        CHECK(refusal_of(offer) == "accepted");
    }
    SECTION("older than remembered, below the floor") {
        const anchorhold::Digest text = anchorhold::sha256(kDemo);
        offer.remembered = {2, text};
        CHECK(refusal_of(offer) == "older-than-remembered");
        offer.remembered = {1, text};
        CHECK(refusal_of(offer) == "accepted");
        offer.floor = 2;
        CHECK(refusal_of(offer) == "below-floor");
    }
    SECTION("another text of the remembered version") {
        offer.remembered = {1, anchorhold::sha256(kDemo)};
        const std::string text = std::string(kDemo) + "# the same rules\n";
        const std::string signature = given.workshop.sign("alice", text, kNamespace);
        offer.text = text;
        offer.signature = signature;
        CHECK(refusal_of(offer) == "other-text-of-version");
        CHECK(accept(offer).error().error.detail.contains("sign it with a higher version"));
        const std::string next = demo_with("version = 1", "version = 2");
        const std::string next_signature = given.workshop.sign("alice", next, kNamespace);
        offer.text = next;
        offer.signature = next_signature;
        CHECK(refusal_of(offer) == "accepted");
    }
}

TEST_CASE("a signature is read to its last byte") {
    const Signed given;
    const std::string& good = given.signature;
    const std::string end = "-----END SSH SIGNATURE-----\n";
    const std::size_t first = good.find('\n') + 1;
    std::string body = good.substr(first, good.find("\n-----END") - first);
    std::erase(body, '\n');
    const auto armoured = [](const anchorhold::Bytes& blob) {
        return "-----BEGIN SSH SIGNATURE-----\n" + anchorhold::to_base64(blob) + "\n-----END SSH SIGNATURE-----\n";
    };
    const auto blob = anchorhold::from_base64(body);
    REQUIRE(blob);
    REQUIRE(parse_signature(armoured(*blob)));

    for (std::size_t length = 0; length < blob->size(); ++length)
        CHECK_FALSE(
            parse_signature(armoured(anchorhold::Bytes(blob->begin(), blob->begin() + static_cast<long>(length)))));
    anchorhold::Bytes longer = *blob;
    longer.push_back(0);
    CHECK_FALSE(parse_signature(armoured(longer)));
    CHECK_FALSE(parse_signature(good + "x"));
    CHECK_FALSE(parse_signature(good + "\n"));
    CHECK_FALSE(parse_signature(" " + good));
    CHECK_FALSE(parse_signature(good.substr(0, good.size() - end.size())));
    CHECK_FALSE(parse_signature(""));

    std::size_t taken = 0;
    for (std::size_t i = 0; i < blob->size(); ++i) {
        anchorhold::Bytes flipped = *blob;
        flipped[i] ^= 0x01;
        const std::string text = armoured(flipped);
        Offer offer = given.offer();
        offer.signature = text;
        taken += accept(offer) ? 1U : 0U;
    }
    CHECK(taken == 0);
}

TEST_CASE("allowed signers are understood line by line, or not at all") {
    Workshop workshop;
    const std::string key = workshop.make_key("k", "ed25519");
    const auto fault = [&](const std::string& text) {
        const auto signers = parse_allowed_signers(text);
        return signers ? std::string("none") : signers.error().text();
    };
    const auto good = parse_allowed_signers(
        "# comment\n\n  alice,bob  namespaces=\"a,anchorhold-profile\",Valid-After="
        "\"20260101Z\",valid-before=\"20270101120000Z\" " +
        key + " a comment, with = and \"quotes\"\r\n");
    REQUIRE(good);
    REQUIRE(good->size() == 1);
    CHECK(good->front().principals == "alice,bob");
    CHECK(good->front().name_spaces == std::vector<std::string>{"a", "anchorhold-profile"});
    CHECK(good->front().line == 3);
    CHECK(good->front().valid_before ==
          std::chrono::sys_days{std::chrono::year{2027} / 1 / 1} + std::chrono::hours(12));
    CHECK(fault("alice " + key) == "none");
    CHECK(fault("# one\nalice cert-authority " + key) ==
          "read allowed signers line 2: cert-authority is not supported yet; list the signers' own keys");
    CHECK(fault("alice cert-authority,namespaces=\"x\" " + key).contains("cert-authority"));
    CHECK(fault("alice verify-required=\"x\" " + key).contains("unknown option"));
    CHECK(fault("alice namespaces=x " + key).contains("between double quotes"));
    CHECK(fault("alice namespaces=\"a*\" " + key).contains("whole names"));
    CHECK(fault("alice namespaces=\"a\",namespaces=\"b\" " + key).contains("twice"));
    CHECK(fault("alice valid-before=\"20261301Z\" " + key).contains("no time"));
    CHECK(fault("alice valid-before=\"2026\" " + key).contains("no time"));
    CHECK(fault("alice valid-after=\"20270101Z\",valid-before=\"20260101Z\" " + key).contains("not before"));
    CHECK(fault("alice").contains("expected: principals"));
    CHECK(fault("alice ssh-ed25519").contains("expected: principals"));
    CHECK(fault("alice ssh-ed25519 !!!!").contains("expected: principals"));
    CHECK(fault("alice ssh-rsa " + key.substr(key.find(' ') + 1)).contains("another type"));
    CHECK(fault("\"alice b\" " + key).contains("between quotes"));
    CHECK(fault(key).contains("line 1"));
}

TEST_CASE("the largest accepted text fits into one packet") {
    const std::string worst(kMaxAcceptedText, '"');
    const auto packet = anchorhold::canonical(anchorhold::json::object{{"type", "policy"},
                                                                       {"profile", worst},
                                                                       {"name", std::string(64, 'n')},
                                                                       {"version", 1},
                                                                       {"digest", std::string(64, 'd')}});
    REQUIRE(packet);
    CHECK(packet->size() <= anchorhold::kMaxPacket);
}
