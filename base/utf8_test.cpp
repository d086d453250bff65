#include "base/utf8.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("text is plain UTF-8, or only valid, or neither") {
    for (const char* plain : {"refs/heads/gr\u00fcn-\u65e5\u672c-\U0001f389", ""}) {
        CHECK(plain_utf8(plain));
        CHECK(valid_utf8(plain));
    }
    for (const char* hiding : {"a\tb", "a\x7f", "\xc2\x85", "a\u202eb", "\u200b", "\ufeff", "\uffff", "\U0001ffff"}) {
        CHECK_FALSE(plain_utf8(hiding));
        CHECK(valid_utf8(hiding));
    }
    for (const char* broken : {"\xc0\xaf", "\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                               "\xf5\x80\x80\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80"}) {
        CHECK_FALSE(plain_utf8(broken));
        CHECK_FALSE(valid_utf8(broken));
    }
}

TEST_CASE("a body's text has lines and tabs, and no other controls") {
    for (const char* text : {"", "a\tb\r\n", "gr\u00fcn\u202e\ufeff"})
        CHECK(text_utf8(text));
    CHECK_FALSE(text_utf8(std::string_view("a\0b", 3)));
    for (const char* other : {"\x1b[1m", "a\x7f", "\xc2\x85", "\xff", "\xc3"})
        CHECK_FALSE(text_utf8(other));
}
