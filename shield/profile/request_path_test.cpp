#include "shield/profile/request_path.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/profile/names.hpp"

using namespace anchorhold::profile;
using namespace std::string_view_literals;

TEST_CASE("a path is decoded once and its query left out") {
    CHECK(canonical_path("/a/b?c=/../d") == "/a/b");
    CHECK(canonical_path("/%61/b%20c") == "/a/b c");
    CHECK(canonical_path("/caf%c3%a9") == "/caf\xc3\xa9");
    CHECK(canonical_path("/.well-known/x") == "/.well-known/x");
    CHECK(canonical_path("/a/") == "/a/");
    CHECK(canonical_path("/") == "/");
    CHECK(canonical_path("/a...b/..c") == "/a...b/..c");
}

TEST_CASE("what two servers could read differently is refused") {
    for (const std::string_view target : {""sv,           "a"sv,
                                          "*"sv,          "https://x/"sv,
                                          "/a/../b"sv,    "/./a"sv,
                                          "/a/.."sv,      "/a/."sv,
                                          "/..;/a"sv,     "/.;x/a"sv,
                                          "//a"sv,        "/a//b"sv,
                                          "/;x/a"sv,      "/a\\b"sv,
                                          "/a#b"sv,       "/a b"sv,
                                          "/a\x01"sv,     "/a\0b"sv,
                                          "/a\x7f"sv,     "/caf\xc3\xa9"sv,
                                          "/%2e%2e/a"sv,  "/%2E/a"sv,
                                          "/a%2fb"sv,     "/a%2Fb"sv,
                                          "/a%5cb"sv,     "/a%5Cb"sv,
                                          "/a%00b"sv,     "/a%0d%0ab"sv,
                                          "/a%252e"sv,    "/a%25"sv,
                                          "/a%"sv,        "/a%4"sv,
                                          "/a%zz"sv,      "/%c0%af"sv,
                                          "/%e0%80%af"sv, "/%ff"sv,
                                          "/%ed%a0%80"sv, "/%f4%90%80%80"sv}) {
        INFO(target);
        CHECK_FALSE(canonical_path(target));
    }
    CHECK(canonical_path("/a%2fb", "%2F") == "/a%2Fb");
    CHECK(canonical_path("/a%2fb", "/") == "/a/b");
    CHECK(canonical_path("/a%2fb").error() == "the path has an encoded slash (%2f)");
    CHECK(canonical_path("/a/../b").error() == "the path has a dot segment");
}

TEST_CASE("parameters are cut off each segment") {
    CHECK(without_parameters("/a;x/b;y=1;z/c") == "/a/b/c");
    CHECK(without_parameters("/a/;x") == "/a/");
    CHECK(without_parameters("/a") == "/a");
    CHECK(without_parameters("/") == "/");
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
