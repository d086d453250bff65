#include "shield/egress/echo_forms.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "base/encoding.hpp"
#include "shield/egress/scrub.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

Secret secret(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string scrubbed(std::string_view hidden, std::string text) {
    const auto forms = echo_forms(secret(hidden));
    Scrubber(forms).clean(text);
    return text;
}

}  // namespace

TEST_CASE("a token of letters and digits has four forms") {
    REQUIRE(prepare_secret_memory());
    CHECK(echo_forms(secret("ghp0123456789abcdef")).size() == 4);
}

TEST_CASE("a secret is found as JSON, URLs and HTML spell it") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "ab/cd+ef&gh'ij\"kl";
    for (const std::string_view echoed :
         {"ab/cd+ef&gh'ij\"kl", R"(ab/cd+ef&gh'ij\"kl)", R"(ab\/cd+ef&gh'ij\"kl)", R"(ab/cd+ef\u0026gh'ij\"kl)",
          "ab%2Fcd%2Bef%26gh%27ij%22kl", "ab%2fcd%2bef%26gh%27ij%22kl", "ab/cd%2Bef%26gh%27ij%22kl",
          "ab%2Fcd%2Bef%26gh'ij%22kl", "ab/cd+ef&amp;gh&#039;ij&quot;kl", "ab/cd+ef&amp;gh&#x27;ij&quot;kl",
          "ab/cd&#43;ef&amp;gh&#39;ij&#34;kl"}) {
        CAPTURE(echoed);
        CHECK(scrubbed(token, std::string(echoed)) == std::string(echoed.size(), '*'));
    }
}

TEST_CASE("base64 of what the secret is a part of gives nothing of it but an end of a character or two") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "hunter2-is-not-in-the-cell?>";
    for (const std::string_view before : {"", "x", "xy", "Bearer ", "user:"})
        for (const std::string_view after : {"", "\n", "ab", "abc"}) {
            const std::string whole = std::string(before) + std::string(token) + std::string(after);
            for (const std::string& text : {to_base64(as_bytes(whole)), to_base64url(as_bytes(whole))}) {
                CAPTURE(text);
                const auto stars = std::ranges::count(scrubbed(token, text), '*');
                CHECK(stars >= static_cast<std::ptrdiff_t>(token.size() * 8 / 6) - 1);
            }
        }
}
