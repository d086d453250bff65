#include "shield/egress/credential/echo_forms.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>

#include "base/encoding.hpp"
#include "shield/egress/credential/scrub.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

std::shared_ptr<const echo::Index> index_of(std::string_view hidden) {
    auto index = std::make_shared<echo::Index>();
    add_echo_forms(*index, Secret(hidden.begin(), hidden.end()), 0);
    index->seal();
    return index;
}

std::string scrubbed(std::string_view hidden, std::string text) {
    Scrubber(index_of(hidden)).clean(text);
    return text;
}

std::string each(std::string_view text, const std::function<std::string(char)>& spell) {
    std::string out;
    for (const char c : text)
        out += spell(c);
    return out;
}

std::string hex(char c) {
    return to_hex(as_bytes(std::string_view(&c, 1)));
}

std::string in_lines(std::string_view text, std::size_t width, std::string_view between) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += width) {
        out += text.substr(at, width);
        out += between;
    }
    return out;
}

}  // namespace

TEST_CASE("a token has about two dozen forms") {
    REQUIRE(prepare_secret_memory());
    CHECK(index_of("ghp0123456789abcdef")->patterns() <= 30);
    CHECK(index_of(std::string(1024, '?'))->patterns() <= 45);
}

TEST_CASE("a secret is found as JSON, URLs, HTML and mail spell it") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "ab/cd+ef&gh'ij\"kl";
    for (const std::string_view echoed :
         {"ab/cd+ef&gh'ij\"kl", R"(ab/cd+ef&gh'ij\"kl)", R"(ab\/cd+ef&gh'ij\"kl)", R"(ab/cd+ef\u0026gh'ij\"kl)",
          R"(ab/cd\u002Bef\u0026gh\u0027ij\u0022kl)", "ab%2Fcd%2Bef%26gh%27ij%22kl", "ab%2fcd%2bef%26gh%27ij%22kl",
          "ab/cd%2Bef%26gh%27ij%22kl", "ab%2Fcd%2Bef%26gh'ij%22kl", "ab/cd+ef&amp;gh&#039;ij&quot;kl",
          "ab/cd+ef&amp;gh&#x27;ij&quot;kl", "ab/cd&#43;ef&amp;gh&#39;ij&#34;kl", "AB/CD+EF&GH'IJ\"KL",
          "ab/cd=2Bef&gh=27ij=22kl", "ab%252Fcd%252Bef%2526gh%2527ij%2522kl"}) {
        CAPTURE(echoed);
        CHECK(scrubbed(token, std::string(echoed)) == std::string(echoed.size(), '*'));
    }
}

// What a server may do with it, and what it may do with that.
TEST_CASE("every coding in every spelling is found") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "hunter2-is-not-in-the-cell?>~\\|";
    using Step = std::function<std::string(const std::string&)>;
    const auto base64 = [](const std::string& text) { return to_base64(as_bytes(text)); };
    const auto base64url = [](const std::string& text) { return to_base64url(as_bytes(text)); };
    const auto as_hex = [](const std::string& text) { return to_hex(as_bytes(text)); };
    const auto same = [](const std::string& text) { return text; };
    const std::vector<Step> codings{same,
                                    base64,
                                    base64url,
                                    as_hex,
                                    [&](const std::string& text) { return base64(base64("agent-bot:" + text)); },
                                    [&](const std::string& text) { return base64url(base64url(text)); },
                                    [&](const std::string& text) { return as_hex(base64("x" + text)); },
                                    [&](const std::string& text) { return base64("{\"token\":\"" + text + "\"}"); }};
    const std::vector<Step> spellings{
        same,
        [](const std::string& text) { return each(text, [](char c) { return "%" + hex(c); }); },
        [](const std::string& text) { return each(text, [](char c) { return "\\u00" + hex(c); }); },
        [](const std::string& text) { return each(text, [](char c) { return "&#x" + hex(c) + ";"; }); },
        [](const std::string& text) { return each(text, [](char c) { return "&#0" + std::to_string(c) + ";"; }); },
        [](const std::string& text) { return each(text, [](char c) { return "=" + hex(c); }); },
        [](const std::string& text) { return each(text, [](char c) { return std::string{c, '\0'}; }); },
        [](const std::string& text) { return each(text, [](char c) { return std::string{'\\', c}; }); },
        [](const std::string& text) { return in_lines(text, 60, "\n"); },
        [](const std::string& text) { return in_lines(text, 20, "\r\n"); },
        [](const std::string& text) { return in_lines(text, 7, "=\r\n"); }};
    for (std::size_t c = 0; c < codings.size(); ++c)
        for (std::size_t s = 0; s < spellings.size(); ++s) {
            CAPTURE(c, s);
            // A soft break is no spelling of base64 or hex, and a backslash before x or u not of anything.
            if (s == 10 || (s == 7 && c != 3))
                if (c != 0 || s == 7)
                    continue;
            Scrubber scrubber(index_of(token));
            std::string text = "before: " + spellings[s](codings[c](std::string(token))) + " after";
            scrubber.clean(text);
            CHECK(scrubber.hits().size() == 1);
            CHECK(text.starts_with("before: "));
            CHECK(text.ends_with(" after"));
        }
}

// The time that an answer takes tells whether a window of it is right: none may be right for a part of the secret that
// can be guessed.
TEST_CASE("a guess of a secret's last eight bytes is work in no coding") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "ghp_CI5CFKlFNXfsfYQc87OMjaGdlpbCB0GNEPCr";
    using Step = std::function<std::string(const std::string&)>;
    const auto same = [](const std::string& text) { return text; };
    const auto lower = [](const std::string& text) { return to_hex(as_bytes(text)); };
    const auto upper = [&](const std::string& text) {
        std::string out = lower(text);
        std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
        return out;
    };
    const auto base64 = [](const std::string& text) { return to_base64(as_bytes(text)); };
    const auto base64url = [](const std::string& text) { return to_base64url(as_bytes(text)); };
    const std::vector<Step> codings{same, base64, base64url, lower, upper};
    const auto index = index_of(token);
    for (std::size_t first = 0; first < codings.size(); ++first)
        for (std::size_t second = 0; second < codings.size(); ++second)
            for (std::size_t inner = 0; inner < 3; ++inner)
                for (std::size_t outer = 0; outer < 3; ++outer) {
                    CAPTURE(first, second, inner, outer);
                    const auto coded = [&](const std::string& text) {
                        return codings[second](std::string(outer, 'u') +
                                               codings[first](std::string(inner, 'i') + text));
                    };
                    CHECK(index->windows(coded(std::string(token))) > 0);
                    for (std::size_t right = 1; right <= 8; ++right)
                        CHECK(index->windows(coded("guess-of-a-beginning" +
                                                   std::string(token.substr(token.size() - right)))) == 0);
                }
}

TEST_CASE("a short secret is found in every coding at every place") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "0a1b2c3d4e5f6g7h";
    const auto lower = [](const std::string& text) { return to_hex(as_bytes(text)); };
    const auto base64 = [](const std::string& text) { return to_base64(as_bytes(text)); };
    using Step = std::function<std::string(const std::string&)>;
    const std::vector<Step> codings{lower, base64};
    for (std::size_t first = 0; first < codings.size(); ++first)
        for (std::size_t second = 0; second < codings.size(); ++second)
            for (std::size_t before = 0; before < 9; ++before)
                for (const std::string_view joint : {" ", "=", "%", "\\u00", ":\""}) {
                    CAPTURE(first, second, before, joint);
                    const std::string inner = std::string(before / 3, 'i') + std::string(token);
                    const std::string coded = codings[second](std::string(before % 3, 'u') + codings[first](inner));
                    for (std::size_t place = 0; place < 3; ++place) {
                        Scrubber scrubber(index_of(token));
                        std::string text = std::string(place, 'z') + std::string(joint) + coded;
                        scrubber.clean(text);
                        CHECK(scrubber.hits().size() == 1);
                    }
                }
}

TEST_CASE("base64 of what the secret is a part of gives nothing of it") {
    REQUIRE(prepare_secret_memory());
    constexpr std::string_view token = "hunter2-is-not-in-the-cell?>";
    for (const std::string_view before : {"", "x", "xy", "Bearer ", "user:"})
        for (const std::string_view after : {"", "\n", "ab", "abc"}) {
            const std::string whole = std::string(before) + std::string(token) + std::string(after);
            for (const std::string& text : {to_base64(as_bytes(whole)), to_base64url(as_bytes(whole))}) {
                CAPTURE(text);
                const auto stars = std::ranges::count(scrubbed(token, text), '*');
                CHECK(stars >= static_cast<std::ptrdiff_t>((token.size() * 8 + 5) / 6));
            }
        }
}
