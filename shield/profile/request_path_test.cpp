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
    CHECK(canonical_path("/a%2fb").error() == "the path has an encoded slash (%2f)");
    CHECK(canonical_path("/a/../b").error() == "the path has a dot segment");
}

TEST_CASE("git's requests are known by their path") {
    const auto is = [](std::string_view target, GitService service, std::string_view repository) {
        const auto found = git_target(target);
        return found && found->service == service && found->repository == repository;
    };
    CHECK(is("/acme/app.git/info/refs?service=git-upload-pack", GitService::advertise_fetch, "acme/app"));
    CHECK(is("/acme/app/info/refs?service=git-receive-pack", GitService::advertise_push, "acme/app"));
    CHECK(is("/acme/app.git/git-upload-pack", GitService::fetch, "acme/app"));
    CHECK(is("/acme/app.git/git-receive-pack", GitService::push, "acme/app"));
    CHECK(is("/acme/app.git/%67it-receive-pack?x", GitService::push, "acme/app"));
    CHECK(is("/acme/app.git/info/refs", GitService::none, ""));
    CHECK(is("/status", GitService::none, ""));
}

TEST_CASE("parameters are cut off each segment") {
    CHECK(without_parameters("/a;x/b;y=1;z/c") == "/a/b/c");
    CHECK(without_parameters("/a/;x") == "/a/");
    CHECK(without_parameters("/a") == "/a");
    CHECK(without_parameters("/") == "/");
}

TEST_CASE("an encoded slash of a plain request is read both ways") {
    const auto scoped = git_target("/@acme%2fapp?a=%2f");
    REQUIRE(scoped);
    CHECK(scoped->path == "/@acme%2Fapp");
    CHECK(scoped->split == "/@acme/app");
    CHECK(git_target("/api/v4/projects/group%2Fproject")->split == "/api/v4/projects/group/project");
    CHECK(git_target("/plain")->split.empty());
    for (const std::string_view target :
         {"/a%2f..%2fb"sv, "/a%2f.."sv, "/..%2fa"sv, "/a%2f..;x/b"sv, "/a;x%2f../b"sv, "/%2fa"sv, "/a%2f/b"sv,
          "/a%2f%2fb"sv, "/%2e%2e%2fa"sv, "/a%252fb"sv, "/a%5cb%2fc"sv}) {
        INFO(target);
        CHECK_FALSE(git_target(target));
    }
}

TEST_CASE("a git request with an encoded slash is refused") {
    for (const std::string_view target :
         {"/acme%2fapp.git/git-receive-pack"sv, "/acme/app.git%2fgit-receive-pack"sv,
          "/acme/app.git%2FGit-Upload-Pack;x"sv, "/acme%2fapp/info/refs?service=git-upload-pack"sv,
          "/acme/app%2finfo%2frefs?service=git-receive-pack"sv}) {
        INFO(target);
        CHECK_FALSE(git_target(target));
    }
    CHECK(git_target("/acme/app.git%2fgit-receive-pack").error() ==
          "the path of a git request has an encoded slash (%2f)");
}

TEST_CASE("git's requests in disguise are refused") {
    for (const std::string_view target :
         {"/acme/app.git/info/refs?%73ervice=git-receive-pack"sv,
          "/a/info/refs?service=git-upload-pack&service=git-receive-pack"sv, "/acme/app.git.git/git-receive-pack"sv,
          "/acme/app/.git/git-receive-pack"sv, "/acme/app.git/.git/git-upload-pack"sv, "/git-receive-pack"sv,
          "/acme/app.git/git-receive-pack/"sv, "/acme/app.git/git-receive-pack;x"sv, "/acme/app.git/Git-Receive-Pack"sv,
          "/acme/app.git/git-upload-pack/x"sv, "/acme/a%20b/git-upload-pack"sv}) {
        INFO(target);
        CHECK_FALSE(git_target(target));
    }
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
