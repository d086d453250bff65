#include "base/ascii.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("letters of ASCII, and nothing else, are folded") {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CHECK(lower(c) == (byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : c));
    }
    CHECK(lower("GIT-Receive-Pack@[\\]^_`{|}~\xc3\x84") == "git-receive-pack@[\\]^_`{|}~\xc3\x84");
}

TEST_CASE("names are equal whatever the case of their letters") {
    CHECK(equal_ignoring_case("", ""));
    CHECK(equal_ignoring_case("Content-Length", "content-LENGTH"));
    CHECK_FALSE(equal_ignoring_case("content-length", "content-lengths"));
    CHECK_FALSE(equal_ignoring_case("a[b", "a{b"));  // one bit apart, as letters are
    CHECK_FALSE(equal_ignoring_case("a@b", "a`b"));
    CHECK_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}
