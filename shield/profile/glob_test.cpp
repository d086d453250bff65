#include "shield/profile/glob.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using anchorhold::profile::Glob;

namespace {

bool matches(std::string_view pattern, std::string_view text) {
    const auto glob = Glob::compile(pattern);
    REQUIRE(glob);
    return glob->matches(text);
}

// The definition, word for word; exponential, which is why the product does it otherwise.
bool by_definition(std::string_view pattern, std::string_view text) {
    if (pattern.empty())
        return text.empty();
    if (pattern.starts_with("**"))
        return by_definition(pattern.substr(2), text) || (!text.empty() && by_definition(pattern, text.substr(1)));
    if (pattern.starts_with('*'))
        return by_definition(pattern.substr(1), text) ||
               (!text.empty() && text.front() != '/' && by_definition(pattern, text.substr(1)));
    return !text.empty() && text.front() == pattern.front() && by_definition(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("a star stops at a slash, two do not") {
    CHECK(matches("acme/*", "acme/app"));
    CHECK(matches("acme/*", "acme/"));
    CHECK_FALSE(matches("acme/*", "acme/app/sub"));
    CHECK(matches("acme/**", "acme/app/sub"));
    CHECK_FALSE(matches("acme/**", "acme"));
    CHECK(matches("/a/*/c/**/e", "/a/b/c/d/d/e"));
    CHECK_FALSE(matches("/a/*/c/**/e", "/a/b/b/c/d/e"));
    CHECK(matches("**", ""));
    CHECK(matches("refs/heads/main", "refs/heads/main"));
    CHECK_FALSE(matches("refs/heads/main", "refs/heads/main2"));
    CHECK_FALSE(matches("ab*ba", "aba"));
}

TEST_CASE("a star of refs is that of a refspec") {
    const auto is = [](std::string_view pattern, std::string_view ref) {
        return Glob::compile(pattern, Glob::Case::exact, Glob::Star::any_run)->matches(ref);
    };
    CHECK(is("refs/heads/*", "refs/heads/feature/x"));
    CHECK(is("refs/heads/**", "refs/heads/feature/x"));
    CHECK(is("refs/*/x*", "refs/heads/a/x/y"));
    CHECK(is("refs/heads/*-fix", "refs/heads/a/b-fix"));
    CHECK_FALSE(is("refs/heads/*", "refs/tags/v1"));
    CHECK_FALSE(is("refs/heads/main", "refs/heads/main/x"));
}

TEST_CASE("the automaton does what the definition says") {
    const std::string alphabet = "a/*";
    const auto nth = [&](unsigned n, std::size_t length) {
        std::string out;
        for (std::size_t i = 0; i < length; ++i, n /= 3)
            out += alphabet[n % 3];
        return out;
    };
    std::size_t compared = 0;
    for (unsigned p = 0; p < 729; ++p) {
        const std::string pattern = nth(p, 6);
        const auto glob = Glob::compile(pattern);
        if (!glob)
            continue;
        for (unsigned t = 0; t < 243; ++t) {
            const std::string text = nth(t, 5);
            if (glob->matches(text) != by_definition(pattern, text))
                FAIL(pattern << " on " << text);
            ++compared;
        }
    }
    CHECK(compared > 100'000);
}

TEST_CASE("the longest pattern uses every state, and one byte more is refused") {
    const std::string literals(Glob::kMaxPattern - 4, 'x');
    CHECK(matches("*" + literals + "**a", "q" + literals + "/z/a"));
    CHECK_FALSE(matches("*" + literals + "**a", "q" + literals + "/z/b"));
    CHECK_FALSE(Glob::compile(std::string(Glob::kMaxPattern + 1, 'x')));
}

TEST_CASE("a pattern made to backtrack costs one pass") {
    std::string pattern;
    for (int i = 0; i < 60; ++i)
        pattern += "a**";
    CHECK_FALSE(matches(pattern + "b", std::string(100'000, 'a')));
}

TEST_CASE("what other tools call wildcards is refused, not taken as it is") {
    for (const char* pattern : {"", "***", "a?", "[ab]", "{a,b}", "a\\*", "a\n"})
        CHECK_FALSE(Glob::compile(pattern));
    CHECK(Glob::compile("a?").error() == "has ?, which is no wildcard here; only * and ** are");
}

TEST_CASE("in any case, letters match both ways and no text is passed over by its start") {
    for (const char* pattern : {"Acme/App", "acme/*", "*/APP", "a**E/*p"}) {
        const auto glob = Glob::compile(pattern, Glob::Case::any);
        REQUIRE(glob);
        CHECK(glob->prefix().empty());
        CHECK(glob->matches("acme/app"));
        CHECK(glob->matches("ACME/aPP"));
        CHECK_FALSE(glob->matches("acme@app"));
    }
}
