#include "shield/egress/http/other_request.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold::egress;
using anchorhold::profile::GitService;
using anchorhold::profile::HttpRequest;

namespace {

constexpr std::string_view kProfile = R"(name = "dav"
version = 1
expires = 2099-01-01T00:00:00Z
[[host]]
name = "bucket.a.test"
[[credential]]
name = "token"
kind = "bearer"
hosts = ["bucket.a.test"]
[[rule]]
id = "no-admin"
host = "bucket.a.test"
path = "/admin/**"
verdict = "deny"
[[rule]]
id = "no-delete"
host = "bucket.a.test"
methods = ["DELETE"]
verdict = "deny"
[[rule]]
id = "ask"
host = "bucket.a.test"
path = "/ask/**"
credential = "token"
verdict = "ask"
[[rule]]
id = "bare"
host = "bucket.a.test"
path = "/bare/**"
verdict = "allow"
[[rule]]
id = "all"
host = "bucket.a.test"
path = "/**"
credential = "token"
verdict = "allow"
)";

struct Asked {
    std::string text;
    RequestReader reader;
    anchorhold::profile::Profile profile = *anchorhold::profile::parse(kProfile);
    anchorhold::profile::ReadTarget target;
    anchorhold::profile::Decision decision;

    Asked(const std::string& line, const std::string& fields)
        : text(line + " HTTP/1.1\r\nHost: bucket.a.test\r\n" + fields + "\r\n") {
        REQUIRE(reader.read(text) == ReadState::done);
        target = anchorhold::profile::read_target(reader.head().target);
        decision = decide(profile, request());
    }
    [[nodiscard]] HttpRequest request() const { return {"bucket.a.test", 443, reader.head().method, target}; }
    [[nodiscard]] std::string objection() const {
        auto found = objection_to(reader.head(), GitService::none);
        if (!found)
            found = objection_to(reader.head(), profile, request(), decision);
        return found ? found->reason : "";
    }
    [[nodiscard]] FormKind form() const { return watched_as(reader.head(), profile, request(), decision); }
};

std::string objection(const std::string& line, const std::string& fields = "") {
    return Asked(line, fields).objection();
}

}  // namespace

TEST_CASE("fields that make another request are refused whatever the profile says") {
    CHECK(objection("POST /a", "X-Http-Method-Override: PUT\r\n")
              .starts_with("X-Http-Method-Override would make another request"));
    CHECK_FALSE(objection("GET /a", "X-Forwarded-Prefix: /admin\r\n").empty());
    CHECK(objection("GET /a", "X-Forwarded-For: 1.2.3.4\r\n").empty());
    const Asked git("GET /a", "Destination: /b\r\n");
    CHECK(objection_to(git.reader.head(), GitService::push));
}

TEST_CASE("a request has one content type") {
    const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
    CHECK(objection("POST /a", "Content-Type: text/plain\r\n" + form).contains("names two content types"));
    CHECK(objection("POST /a", "Content-Type: text/plain, application/x-www-form-urlencoded\r\n").contains("two"));
    CHECK(objection("POST /a", form + form).empty());
    CHECK(objection("POST /a", "Content-Type: multipart/x; boundary=\"a,b/c\"\r\n").empty());
    CHECK(objection("POST /a", form).empty());
}

TEST_CASE("a second path is judged as the first") {
    CHECK(objection("MOVE /a", "Destination: /b\r\n").empty());
    CHECK(objection("MOVE /a", "Destination: https://bucket.a.test/b\r\n").empty());
    CHECK(objection("MOVE /a", "Destination: https://bucket.a.test:443/b?c\r\n").empty());
    CHECK(objection("MOVE /a", "Destination: /admin/users\r\n").contains("rule no-admin denies MOVE"));
    CHECK(objection("MOVE /a", "destination: https://bucket.a.test/x/%2e%2e/admin/users\r\n").contains("no-admin"));
    CHECK(objection("MOVE /a", "Destination: https://bucket.a.test/b\r\nDestination: /admin/users\r\n")
              .contains("no-admin"));
    CHECK(objection("MOVE /a", "Destination: https://other.test/b\r\n") ==
          "Destination names another host than that of this request");
    CHECK(objection("MOVE /a", "Destination: http://bucket.a.test/b\r\n").contains("another host"));
    CHECK(objection("MOVE /a", "Destination: https://u@bucket.a.test/b\r\n").contains("has a user in it"));
    CHECK(objection("MOVE /a", "Destination: /ask/b\r\n").contains("rule ask judges differently than rule all"));
    CHECK(objection("MOVE /a", "Destination: /bare/b\r\n").contains("rule bare judges differently"));
    CHECK(objection("MOVE /ask/a", "Destination: /b\r\n").empty());
    CHECK(objection("PUT /a", "x-ms-rename-source: /admin/x\r\n").contains("no-admin"));
}

TEST_CASE("an object store's source is in the bucket of the request, by path or by host") {
    CHECK(objection("PUT /files/a", "x-amz-copy-source: /files/b\r\n").empty());
    CHECK(objection("PUT /files/a", "x-amz-copy-source: files/b?versionId=1\r\n").empty());
    CHECK(objection("PUT /a", "x-amz-copy-source: bucket/b\r\n").empty());
    CHECK(objection("PUT /a", "x-amz-copy-source: bucket/admin/b\r\n").contains("no-admin"));
    CHECK(objection("PUT /a", "x-amz-copy-source: other/b\r\n").contains("another bucket"));
}

TEST_CASE("a query that makes another method is judged by that") {
    CHECK(objection("POST /a?_method=PATCH").empty());
    CHECK(objection("POST /a?_method=DELETE").contains("query's _method"));
    CHECK_FALSE(objection("POST /a?x=1;%5FMethod=delete").empty());
    CHECK_FALSE(objection("POST /a?X-HTTP-Method-Override=DELETE").empty());
    CHECK(objection("POST /a?method=DELETE").empty());
    CHECK(objection("POST /a%3F_method=DELETE").contains("query's _method"));
    CHECK(objection("POST /a%253Fb%26_method%3DDELETE?c").contains("query's _method"));
    CHECK(objection("GET /a%3Faccess_token=x").contains("second way to log in"));
}

TEST_CASE("a query does not log in beside a credential that is placed") {
    CHECK(objection("GET /a?access_token=x") ==
          "the query's access_token is a second way to log in beside credential token, which is placed here; leave it "
          "out");
    CHECK_FALSE(objection("GET /a?authtoken=x").empty());
    CHECK(objection("GET /bare/a?access_token=x").empty());
    CHECK(objection("GET /a?page_token=x").empty());
}

TEST_CASE("forms are watched only where methods are judged differently") {
    CHECK(Asked("POST /a", "Content-Length: 1\r\n").form() == FormKind::urlencoded);
    CHECK(Asked("POST /a", "Content-Type: multipart/form-data\r\nContent-Length: 1\r\n").form() == FormKind::multipart);
    CHECK(Asked("POST /a", "Content-Type: application/json\r\nContent-Length: 1\r\n").form() == FormKind::none);
    CHECK(Asked("PUT /a", "Content-Length: 1\r\n").form() == FormKind::none);
    CHECK(Asked("POST /a", "").form() == FormKind::none);
}

TEST_CASE("a form that is watched comes plain") {
    const auto status = [](const std::string& fields) {
        const Asked asked("POST /a", fields + "Content-Length: 1\r\n");
        const auto found = objection_to(asked.reader.head(), asked.form());
        return found ? found->status : 0;
    };
    CHECK(status("Content-Encoding: gzip\r\n") == 415);
    CHECK(status("Content-Encoding: identity\r\nContent-Encoding: br\r\n") == 415);
    CHECK(status("Content-Type: multipart/form-data\r\nContent-Encoding: deflate\r\n") == 415);
    CHECK(status("Content-Encoding: identity\r\n") == 0);
    CHECK(status("Content-Type: application/json\r\nContent-Encoding: gzip\r\n") == 0);
}
