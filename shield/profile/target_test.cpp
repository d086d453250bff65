#include "shield/profile/target.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string_view>

using namespace anchorhold::profile;
using namespace std::string_view_literals;

namespace {

bool is(std::string_view text, GitService service, std::string_view repository) {
    const auto target = read_target(text);
    return target && target->service == service && target->repository == repository;
}

}  // namespace

TEST_CASE("git's own spellings are told apart") {
    CHECK(is("/acme/app.git/info/refs?service=git-upload-pack", GitService::advertise_fetch, "acme/app"));
    CHECK(is("/acme/app/info/refs?service=git-receive-pack", GitService::advertise_push, "acme/app"));
    CHECK(is("/acme/app.git/git-upload-pack", GitService::fetch, "acme/app"));
    CHECK(is("/acme/app.git/git-receive-pack", GitService::push, "acme/app"));
    CHECK(is("/org/project/_git/app/git-receive-pack", GitService::push, "org/project/_git/app"));
    CHECK(is("/%61cme/app.git/git-receive-pack", GitService::push, "acme/app"));
}

TEST_CASE("what only looks like git is plain") {
    for (const std::string_view text :
         {"/status"sv, "/?service=git-upload-pack"sv, "/acme/app.git/info/refs"sv, "/acme/app.git/HEAD"sv,
          "/acme/app.git/objects/info/packs"sv, "/acme/app.git/info/lfs/objects/batch"sv, "/acme/%40scope%2fname"sv,
          "/git/git/blob/master/Documentation/git-receive-pack.adoc"sv, "/info/references?service=git-upload-pack"sv}) {
        INFO(text);
        CHECK(is(text, GitService::none, ""));
    }
}

TEST_CASE("what some server might take for git is refused, not plain") {
    for (const std::string_view text : {"/a/info/refs?service=git-receive-pack&x=1"sv,
                                        "/a/info/refs?x=1&service=git-receive-pack"sv,
                                        "/a/info/refs?service=git-upload-pack&service=git-receive-pack"sv,
                                        "/a/info/refs?service=git%2dreceive-pack"sv,
                                        "/a/info/refs?%73ervice=git-receive-pack"sv,
                                        "/a/info/refs?Service=git-receive-pack"sv,
                                        "/a/info/refs?service=git-upload-archive"sv,
                                        "/a/info/refs?service="sv,
                                        "/a/info//refs?service=git-receive-pack"sv,
                                        "/a/info/refs/?service=git-receive-pack"sv,
                                        "/a/info%2frefs?service=git-receive-pack"sv,
                                        "/a/inf%6f/refs?service=git-receive-pack"sv,
                                        "/a/info/refs/%20?service=git-receive-pack"sv,
                                        "/a/info/.../refs?service=git-receive-pack"sv,
                                        "/a/INFO/refs?service=git-receive-pack"sv,
                                        "/a/info/refs%3fservice=git-receive-pack"sv,
                                        "/a/info/x/../refs?service=git-receive-pack"sv,
                                        "/a/git-receive-pack::$DATA"sv,
                                        "/a/%ef%bd%87it-receive-pack"sv,
                                        "/a/info;x/refs?service=git-receive-pack"sv,
                                        "/a/git-receive-pack?x"sv,
                                        "/a/git-receive-pack/"sv,
                                        "/a/git-receive-pack;x"sv,
                                        "/a/git-receive-pack%3fx"sv,
                                        "/a/git-receive-pack%23x"sv,
                                        "/a/git-receive-pack%00"sv,
                                        "/a/git-receive-pack%20"sv,
                                        "/a/git-receive-pack."sv,
                                        "/a/git-receive-pack/x"sv,
                                        "/a/git-receive-pack/%20"sv,
                                        "/a/GIT-receive-pack"sv,
                                        "/a/%67it-receive-pack"sv,
                                        "/a/git%2Dreceive-pack"sv,
                                        "/a/git%252Dreceive-pack"sv,
                                        "/a%2fgit-receive-pack"sv,
                                        "/a%2FGit-Upload-Pack;x"sv,
                                        "/a%5cgit-receive-pack"sv,
                                        "/a/git-upload-archive"sv,
                                        "/a/git-receive-pack/git-upload-pack"sv}) {
        INFO(text);
        CHECK_FALSE(read_target(text));
    }
    CHECK(read_target("/a%2fgit-receive-pack").error() ==
          "the path names a git service in a spelling that git does not use");
}

TEST_CASE("a git service of no one repository is refused") {
    for (const std::string_view text :
         {"/git-receive-pack"sv,           "//a/git-receive-pack"sv,
          "/a//b/git-receive-pack"sv,      "/a/../b/git-receive-pack"sv,
          "/a/./b/git-receive-pack"sv,     "/a/%2e%2e/b/git-receive-pack"sv,
          "/a/..;/b/git-receive-pack"sv,   "/a%2fb/git-receive-pack"sv,
          "/a%252fb/git-receive-pack"sv,   "/a%5cb/git-receive-pack"sv,
          "/a%00b/git-receive-pack"sv,     "/a%0ab/git-receive-pack"sv,
          "/a%ffb/git-receive-pack"sv,     "/a%zzb/git-receive-pack"sv,
          "/a%2/git-receive-pack"sv,       "/.git/git-receive-pack"sv,
          "/a/.git/git-receive-pack"sv,    "/a.git/.git/git-upload-pack"sv,
          "/a.git.git/git-receive-pack"sv, "/a%20b/git-upload-pack"sv,
          "/../git-receive-pack"sv,        "/a%2fb/info/refs?service=git-upload-pack"sv}) {
        INFO(text);
        CHECK_FALSE(read_target(text));
    }
}

TEST_CASE("a plain request has every reading of its path") {
    const auto scoped = read_target("/@acme%2fapp?a=%2f");
    REQUIRE(scoped);
    CHECK(scoped->path == "/@acme%2Fapp");
    REQUIRE(scoped->others.size() == 1);
    CHECK(scoped->others[0].path == "/@acme/app");
    CHECK(read_target("/plain")->others.empty());
    for (const std::string_view text :
         {"/.."sv, "/%2e%2e%2fa"sv, "/a/..%2f../b"sv, "/..%20/a"sv, "/%c0%80"sv, "/%2500"sv}) {
        INFO(text);
        CHECK_FALSE(read_target(text));
    }
}
