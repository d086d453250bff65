#include "shield/egress/parse/git_target.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

using namespace anchorhold::egress;

namespace {

constexpr const char* kUpload = "application/x-git-upload-pack-request";
constexpr const char* kReceive = "application/x-git-receive-pack-request";

struct Row {
    std::string method;
    std::string path;
    std::string query;
    std::string type;
    GitRequest request = GitRequest::refused;
    std::string repository = {};
};

}  // namespace

TEST_CASE("git's own spellings are told apart") {
    const auto row = GENERATE(
        Row{"GET", "/acme/app.git/info/refs", "service=git-upload-pack", "", GitRequest::fetch_advertisement,
            "acme/app"},
        Row{"GET", "/acme/app/info/refs", "service=git-receive-pack", "", GitRequest::push_advertisement, "acme/app"},
        Row{"POST", "/acme/app.git/git-upload-pack", "", kUpload, GitRequest::fetch, "acme/app"},
        Row{"POST", "/acme/app.git/git-receive-pack", "", kReceive, GitRequest::push, "acme/app"},
        Row{"POST", "/a/git-receive-pack", "", "Application/X-Git-Receive-Pack-Request; x=y", GitRequest::push, "a"},
        Row{"POST", "/org/my%20project/_git/app/git-receive-pack", "", kReceive, GitRequest::push,
            "org/my project/_git/app"},
        Row{"POST", "/a/b.git.git/git-receive-pack", "", kReceive, GitRequest::push, "a/b.git"},
        Row{"POST", "/%61cme/app.git/git-receive-pack", "", kReceive, GitRequest::push, "acme/app"},
        Row{"GET", "/acme/app.git/info/refs", "", "", GitRequest::not_git, ""},
        Row{"GET", "/acme/app.git/HEAD", "", "", GitRequest::not_git, ""},
        Row{"GET", "/acme/app.git/objects/info/packs", "", "", GitRequest::not_git, ""},
        Row{"POST", "/acme/app.git/info/lfs/objects/batch", "", "", GitRequest::not_git, ""},
        Row{"GET", "/", "service=git-upload-pack", "", GitRequest::not_git, ""},
        Row{"GET", "/git/git/blob/master/Documentation/git-receive-pack.adoc", "", "", GitRequest::not_git, ""},
        Row{"GET", "/acme/%40scope%2fname", "", "", GitRequest::not_git, ""});
    INFO(row.method << " " << row.path << "?" << row.query);
    const GitTarget target = classify_git(row.method, row.path, row.query, row.type);
    CHECK(target.request == row.request);
    CHECK(target.repository == row.repository);
}

TEST_CASE("what some server might take for git is refused, not plain") {
    const auto row = GENERATE(
        Row{"GET", "/a/info/refs", "service=git-receive-pack&x=1", ""},
        Row{"GET", "/a/info/refs", "x=1&service=git-receive-pack", ""},
        Row{"GET", "/a/info/refs", "service=git-upload-pack&service=git-receive-pack", ""},
        Row{"GET", "/a/info/refs", "service=git%2dreceive-pack", ""},
        Row{"GET", "/a/info/refs", "%73ervice=git-receive-pack", ""},
        Row{"GET", "/a/info/refs", "Service=git-receive-pack", ""},
        Row{"GET", "/a/info/refs", "service=git-upload-archive", ""}, Row{"GET", "/a/info/refs", "service=", ""},
        Row{"GET", "/a/info//refs", "service=git-receive-pack", ""},
        Row{"GET", "/a/info/refs/", "service=git-receive-pack", ""},
        Row{"GET", "/a/info%2frefs", "service=git-receive-pack", ""},
        Row{"GET", "/a/inf%6f/refs", "service=git-receive-pack", ""},
        Row{"HEAD", "/a/info/refs", "service=git-receive-pack", ""},
        Row{"POST", "/a/info/refs", "service=git-receive-pack", ""}, Row{"GET", "/a/git-receive-pack", "", ""},
        Row{"PUT", "/a/git-receive-pack", "", kReceive}, Row{"POST", "/a/git-receive-pack", "x", kReceive},
        Row{"POST", "/a/git-receive-pack", "", ""}, Row{"POST", "/a/git-receive-pack", "", kUpload},
        Row{"POST", "/a/git-receive-pack/", "", kReceive}, Row{"POST", "/a/git-receive-pack;x", "", kReceive},
        Row{"POST", "/a/git-receive-pack%00", "", kReceive}, Row{"POST", "/a/git-receive-pack%20", "", kReceive},
        Row{"POST", "/a/git-receive-pack.", "", kReceive}, Row{"POST", "/a/git-receive-pack/x", "", kReceive},
        Row{"POST", "/a/GIT-receive-pack", "", kReceive}, Row{"POST", "/a/git%2Dreceive-pack", "", kReceive},
        Row{"POST", "/a/git%252Dreceive-pack", "", kReceive}, Row{"POST", "/a%2fgit-receive-pack", "", kReceive},
        Row{"POST", "/a%5cgit-receive-pack", "", kReceive}, Row{"POST", "/a/git-upload-archive", "", ""},
        Row{"POST", "/a/git-receive-pack/git-upload-pack", "", kUpload}, Row{"POST", "/git-receive-pack", "", kReceive},
        Row{"POST", "//a/git-receive-pack", "", kReceive}, Row{"POST", "/a//b/git-receive-pack", "", kReceive},
        Row{"POST", "/a/../b/git-receive-pack", "", kReceive}, Row{"POST", "/a/./b/git-receive-pack", "", kReceive},
        Row{"POST", "/a/%2e%2e/b/git-receive-pack", "", kReceive},
        Row{"POST", "/a/..;/b/git-receive-pack", "", kReceive}, Row{"POST", "/a%2fb/git-receive-pack", "", kReceive},
        Row{"POST", "/a%252fb/git-receive-pack", "", kReceive}, Row{"POST", "/a%5cb/git-receive-pack", "", kReceive},
        Row{"POST", "/a%00b/git-receive-pack", "", kReceive}, Row{"POST", "/a%0ab/git-receive-pack", "", kReceive},
        Row{"POST", "/a%ffb/git-receive-pack", "", kReceive}, Row{"POST", "/a%zzb/git-receive-pack", "", kReceive},
        Row{"POST", "/a%2/git-receive-pack", "", kReceive}, Row{"POST", "/.git/git-receive-pack", "", kReceive},
        Row{"POST", "/a/.git/git-receive-pack", "", kReceive}, Row{"POST", "/../git-receive-pack", "", kReceive},
        Row{"POST", "/a/..git/git-receive-pack", "", ""});
    INFO(row.method << " " << row.path << "?" << row.query);
    const GitTarget target = classify_git(row.method, row.path, row.query, row.type);
    CHECK(target.request == GitRequest::refused);
    CHECK(target.repository.empty());
    CHECK(target.refusal.status >= 400);
    CHECK_FALSE(target.refusal.sentence.empty());
}
