#include <catch2/catch_test_macros.hpp>
#include <memory>

#include "base/encoding.hpp"
#include "shield/egress/lease.hpp"
#include "shield/egress/scrub.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

Secret secret(std::string_view text) {
    return {text.begin(), text.end()};
}

// The whole text through the scrubber in pieces of that size.
std::string scrubbed(std::span<const Secret> patterns, std::string text, std::size_t piece) {
    Scrubber scrubber(patterns);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
        out += scrubber.pass(text.data() + at, std::min(piece, text.size() - at));
    out += scrubber.rest();
    return out;
}

}  // namespace

TEST_CASE("a secret is overwritten wherever chunks are cut") {
    const std::vector<Secret> patterns{secret("hunter2hunter3"), secret("c2VjcmV0")};
    const std::string text = "hunter2hunter3 x hunter2hunter2hunter3 c2VjcmV0c2VjcmV0 hunter2hunter c2Vj";
    const std::string clean = "************** x hunter2************** **************** hunter2hunter c2Vj";
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
        CHECK(scrubbed(patterns, text, piece) == clean);
}

TEST_CASE("without patterns bytes pass as they are, and nothing is held") {
    Scrubber scrubber;
    std::string text = "abc";
    CHECK(scrubber.pass(text.data(), text.size()).data() == text.data());
    CHECK(scrubber.rest().empty());
}

TEST_CASE("only what may begin a secret is held back") {
    const std::vector<Secret> patterns{secret("secret")};
    Scrubber scrubber(patterns);
    std::string text = "data: sec";
    CHECK(scrubber.pass(text.data(), text.size()) == "data: ");
    std::string more = "ond";
    CHECK(scrubber.pass(more.data(), more.size()) == "second");
}

TEST_CASE("secrets of different lengths are found behind each other's beginnings") {
    const std::string text = "secretive vest vesecretive secretivvest secretiv";
    const std::string clean = "********* **** ve********* secretiv**** secretiv";
    for (const auto& patterns :
         {std::vector{secret("secretive"), secret("vest")}, std::vector{secret("vest"), secret("secretive")}})
        for (std::size_t piece = 1; piece <= text.size(); ++piece)
            CHECK(scrubbed(patterns, text, piece) == clean);
}

TEST_CASE("an answer of any length takes no locked memory") {
    REQUIRE(prepare_secret_memory());
    const std::vector<Secret> patterns{secret("hunter2")};
    const std::size_t before = CRYPTO_secure_used();
    std::vector<std::unique_ptr<Scrubber>> answers;
    for (int i = 0; i < 64; ++i) {
        answers.push_back(std::make_unique<Scrubber>(patterns));
        std::string chunk = std::string(16UL * 1024, 'x') + "hunt";
        for (int piece = 0; piece < 3; ++piece)
            (void)answers.back()->pass(chunk.data(), chunk.size());
    }
    CHECK(CRYPTO_secure_used() == before);
}

TEST_CASE("a lease becomes the field's value, and gate's message loses the secret") {
    json::object basic{{"kind", "basic"}, {"user", "bot"}, {"secret", to_base64(as_bytes("hunter2"))}, {"seconds", 60}};
    const auto lease = read_lease(basic, "git");
    REQUIRE(lease);
    CHECK(view((*lease)->authorization) == "Basic " + to_base64(as_bytes("bot:hunter2")));
    for (const Secret& pattern : (*lease)->patterns)
        CHECK_FALSE(view(pattern).contains('='));
    CHECK(std::string(basic["secret"].as_string()).find_first_not_of('\0') == std::string::npos);

    json::object bearer{{"kind", "bearer"}, {"secret", to_base64(as_bytes("tok.en"))}, {"seconds", 60}};
    CHECK(view((*read_lease(bearer, "api"))->authorization) == "Bearer tok.en");
}

TEST_CASE("a secret that could break out of its field is refused, and so is half a lease") {
    json::object broken{{"kind", "bearer"}, {"secret", to_base64(as_bytes("a\r\nHost: b"))}, {"seconds", 60}};
    CHECK_FALSE(read_lease(broken, "api"));
    json::object half{{"kind", "basic"}, {"secret", "aGk="}, {"seconds", 60}};
    CHECK_FALSE(read_lease(half, "api"));
    json::object other{{"kind", "ntlm"}, {"secret", "aGk="}, {"seconds", 60}};
    CHECK_FALSE(read_lease(other, "api"));
}
