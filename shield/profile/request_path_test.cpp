#include "shield/profile/request_path.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/profile/names.hpp"

using namespace anchorhold::profile;
using namespace std::string_view_literals;

TEST_CASE("a path is decoded once and its query left out") {
    CHECK(decoded_path("/a/b?c=/../d") == "/a/b");
    CHECK(decoded_path("/%61/b%20c") == "/a/b c");
    CHECK(decoded_path("/caf%c3%a9") == "/caf\xc3\xa9");
    CHECK(decoded_path("/%FC") == "/\xfc");
    CHECK(decoded_path("/a/") == "/a/");
    CHECK(decoded_path("/") == "/");
    CHECK(decoded_path("/a%2fb%2F") == "/a%2Fb%2F");
    CHECK(decoded_path("/100%25") == "/100%");
    CHECK(decoded("A%41%2f%zz%4") == "AA/%zz%4");
}

TEST_CASE("what no honest client sends has no path") {
    for (const std::string_view target :
         {""sv, "a"sv, "*"sv, "https://x/"sv, "/a\\b"sv, "/a#b"sv, "/a b"sv, "/a\x01"sv, "/a\0b"sv, "/a\x7f"sv,
          "/caf\xc3\xa9"sv, "/a%00b"sv, "/a%0d%0ab"sv, "/a%7f"sv, "/a%"sv, "/a%4"sv, "/a%zz"sv}) {
        INFO(target);
        CHECK_FALSE(decoded_path(target));
    }
    CHECK(decoded_path("/a%0d").error() == "the path has an encoded control character");
}

TEST_CASE("host names have one spelling") {
    CHECK(canonical_host("GIT.Demo.Test.") == "git.demo.test");
    CHECK(canonical_host("xn--bcher-kva.example") == "xn--bcher-kva.example");
    CHECK(canonical_host("r3---sn-4g5e.example") == "r3---sn-4g5e.example");
    const std::string long_label(64, 'a');
    std::string long_name = "a";
    while (long_name.size() < 254)
        long_name += ".a";
    for (const std::string_view name : {""sv,
                                        "."sv,
                                        "a..b"sv,
                                        ".a"sv,
                                        "a.b.."sv,
                                        "-a.b"sv,
                                        "a-.b"sv,
                                        "a_b.c"sv,
                                        "a b"sv,
                                        "b\xc3\xbc"
                                        "cher.example"sv,
                                        "git.demo.test\0.evil.test"sv,
                                        "127.0.0.1"sv,
                                        "127.1"sv,
                                        "0x7f.1"sv,
                                        "2130706433"sv,
                                        "a.0x7f"sv,
                                        "[::1]"sv,
                                        "localhost"sv,
                                        "anchor.shield.localhost"sv,
                                        "a:443"sv,
                                        "a/b"sv,
                                        std::string_view(long_label),
                                        std::string_view(long_name)}) {
        INFO(name);
        CHECK_FALSE(canonical_host(name));
    }
}
