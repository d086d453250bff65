#include "base/encoding.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("base64 agrees with the vectors of RFC 4648 section 10") {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base64(as_bytes(plain)) == coded);
        const auto back = from_base64(coded);
        REQUIRE(back);
        CHECK(as_text(*back) == plain);
    }
}

TEST_CASE("base64url has no padding and its own two letters") {
    const Bytes bytes{0xfb, 0xff, 0xfe};
    CHECK(to_base64url(bytes) == "-__-");
    CHECK(from_base64url("-__-") == bytes);
    CHECK_FALSE(from_base64url("+//+"));
}

TEST_CASE("what no encoder writes is refused") {
    for (const std::string_view bad : {"Zg", "Zg=", "Z===", "Zh==", "Zm9v\n", "Zm 9v", "=Zg=", "Zg==Zg=="})
        CHECK_FALSE(from_base64(bad));
    for (const std::string_view bad : {"A", "Zh", "Zg=="})
        CHECK_FALSE(from_base64url(bad));
    for (const std::string_view bad : {"0", "0g", " 00"})
        CHECK_FALSE(from_hex(bad));
}

TEST_CASE("hex there and back") {
    const Bytes bytes{0x00, 0x7f, 0xff, 0x10};
    CHECK(to_hex(bytes) == "007fff10");
    CHECK(from_hex("007FFf10") == bytes);
}
