#include "shield/profile/url.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::profile;

TEST_CASE("a URL is read into what will be asked of whom") {
    const auto plain = read_url("https://git.demo.test:8443/a/b?c=/d#refs/heads/x");
    REQUIRE(plain);
    CHECK(plain->host == "git.demo.test");
    CHECK(plain->port == 8443);
    CHECK(plain->target == "/a/b?c=/d");
    CHECK(plain->fragment == "refs/heads/x");
    CHECK(read_url("http://x.test")->port == 80);
    CHECK(read_url("https://x.test")->target == "/");
    CHECK(read_url("https://x.test?q")->target == "/?q");
    CHECK(read_url("https://x.test#/a/b?c")->target == "/");
    CHECK(read_url("https://x.test/#").value().fragment.empty());
}

TEST_CASE("a URL that cannot be asked says what is wrong with it") {
    const auto fault = [](std::string_view text) { return read_url(text).error(); };
    CHECK(fault("x.test/a").contains("neither https:// nor http://"));
    CHECK(fault("HTTPS://x.test/").contains("neither https:// nor http://"));
    CHECK(fault("https://").contains("no host"));
    CHECK(fault("https://:443/").contains("no host"));
    CHECK(fault("https://u:p@x.test/").contains("user"));
    CHECK(fault("https://[::1]/").contains("address"));
    for (const char* port : {"", "0", "x", "65536", "443x", "-1", "4 43"})
        CHECK(fault("https://x.test:" + std::string(port) + "/").contains("port"));
    CHECK(fault("https://x.test/" + std::string(kMaxUrl, 'a')).contains("8 KiB"));
}
