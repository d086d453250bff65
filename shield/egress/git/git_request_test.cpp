#include "shield/egress/git/git_request.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::egress;
using anchorhold::profile::GitService;

namespace {

constexpr const char* kUpload = "application/x-git-upload-pack-request";
constexpr const char* kReceive = "application/x-git-receive-pack-request";

int status(GitService service, std::string_view method, std::string_view type) {
    const auto fault = git_request_fault(service, method, type);
    return fault ? fault->status : 0;
}

}  // namespace

TEST_CASE("git's requests as git sends them, and plain ones of any kind, have no fault") {
    CHECK(status(GitService::advertise_fetch, "GET", "") == 0);
    CHECK(status(GitService::advertise_push, "GET", "") == 0);
    CHECK(status(GitService::fetch, "POST", kUpload) == 0);
    CHECK(status(GitService::push, "POST", "Application/X-Git-Receive-Pack-Request; x=y") == 0);
    CHECK(status(GitService::none, "DELETE", kUpload) == 0);
}

TEST_CASE("git's requests with another method or content type are refused") {
    for (const auto service : {GitService::advertise_fetch, GitService::advertise_push})
        for (const char* method : {"HEAD", "POST", "get"})
            CHECK(status(service, method, "") == 405);
    CHECK(status(GitService::push, "GET", kReceive) == 405);
    CHECK(status(GitService::push, "PUT", kReceive) == 405);
    CHECK(status(GitService::push, "POST", kUpload) == 415);
    CHECK(status(GitService::push, "POST", "") == 415);
    CHECK(status(GitService::fetch, "POST", kReceive) == 415);
}
