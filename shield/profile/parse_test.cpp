#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/profile/profile.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold::profile;

namespace {

struct Bad {
    const char* old_text;
    const char* new_text;
    const char* message;
    const char* hint;
};

// One fault each, put into the demo profile.
constexpr Bad kBad[] = {
    {"name = \"demo\"", "nmae = \"demo\"", "the profile has no name", "add name = \"demo\""},
    {"name = \"demo\"", "nmae = \"demo\"", "the profile knows no key \"nmae\"", "did you mean \"name\"?"},
    {"version = 1", "version = 1\nversoin = 2", "the profile knows no key \"versoin\"", "did you mean \"version\"?"},
    {"version = 1", "version = 0", "version is out of range: 0", "write a number from 1 to 9007199254740991"},
    {"version = 1", "version = \"1\"", "version must be an integer, not a string", "write it without quotes"},
    {"\"demo\"", "\"De mo\"", "name cannot be \"De mo\"",
     "use a-z, 0-9, '.', '_' and '-', a letter or digit first, at most 64 characters"},
    {"2027-06-01T00:00:00Z", "\"2027-06-01\"", "expires must be a date and time with its offset, not a string",
     "write it without quotes, with Z at the end: 2027-06-01T00:00:00Z"},
    {"2027-06-01T00:00:00Z", "2027-06-01T00:00:00",
     "expires must be a date and time with its offset, not a date and time",
     "write it without quotes, with Z at the end: 2027-06-01T00:00:00Z"},
    {"name = \"api.demo.test\"", "name = \"API.demo.test\"", "host \"API.demo.test\" is not in its one spelling",
     "write \"api.demo.test\""},
    {"name = \"api.demo.test\"", "name = \"git.demo.test\"", "name \"git.demo.test\" is there twice",
     "give each its own name"},
    {"name = \"api.demo.test\"", "name = \"10.0.0.1\"", "host \"10.0.0.1\" is an address; only names can be listed",
     ""},
    {"ports = [443, 8443]", "ports = []", "ports is an empty list, which would match nothing",
     "leave ports out for the default, or list something"},
    {"ports = [443, 8443]", "ports = [70000]", "each of ports is out of range: 70000",
     "write a number from 1 to 65535"},
    {"private = true", "private = \"yes\"", "private must be true or false, not a string", "write it without quotes"},
    {"private = true", "clear = \"no\"", "clear must be true or false, not a string", "write it without quotes"},
    {"private = true", "reuse_after_body = 1", "reuse_after_body must be true or false, not an integer", ""},
    {"private = true", "reuse_after_bodies = true", "[[host]] knows no key \"reuse_after_bodies\"",
     "did you mean \"reuse_after_body\"?"},
    {"private = true", "roots = \"\"", "roots has no certificate", "put certificates in PEM between \"\"\" and \"\"\""},
    {"private = true", "roots = \"-----BEGIN PRIVATE KEY-----\"", "roots has a private key",
     "put certificates in PEM between \"\"\" and \"\"\""},
    {"kind = \"basic\"", "kind = \"digest\"", "kind cannot be \"digest\"", "write one of: basic, bearer"},
    {"user = \"agent-bot\"", "", "[[credential]] has no user", "add user = \"agent-bot\""},
    {"user = \"agent-bot\"", "user = \"a:b\"", "user cannot be \"a:b\"",
     "use visible ASCII without ':' (RFC 7617), 1 to 255 characters"},
    {"kind = \"bearer\"", "kind = \"bearer\"\nuser = \"x\"", "a bearer credential has no user", "leave user out"},
    {"hosts = [\"git.demo.test\"]", "hosts = []", "hosts is an empty list, which would match nothing",
     "write hosts = [\"git.example.com\"]"},
    {"hosts = [\"git.demo.test\"]", "hosts = \"git.demo.test\"", "hosts must be a list, not a string",
     "write it between [ and ], also when there is only one"},
    {"id = \"app-push\"", "id = \"app-fetch\"", "id \"app-fetch\" is there twice", "give each its own id"},
    {"id = \"api-write\"\nhost = \"api.demo.test\"", "id = \"api-write\"\nhost = \"api.dmeo.test\"",
     "host names \"api.dmeo.test\", which no [[host]] lists", "did you mean \"api.demo.test\"?"},
    {"id = \"api-write\"\n", "id = \"api-write\"\ncredential = \"git-demo\"\n",
     "credential \"git-demo\" may not be placed toward \"api.demo.test\"",
     "add that host to the hosts of the credential, or leave credential out"},
    {"credential = \"git-demo\"", "credential = \"git-dmeo\"", "no [[credential]] is called \"git-dmeo\"",
     "did you mean \"git-demo\"?"},
    {"verdict = \"allow\"", "verdict = \"alow\"", "verdict cannot be \"alow\"", "write one of: allow, ask, deny"},
    {"verdict = \"allow\"", "", "[[rule]] has no verdict", "add verdict = \"ask\""},
    {"credential = \"git-demo\"\nverdict = \"allow\"", "verdict = \"ask\"", "nobody can be asked about a fetch",
     "write \"allow\" or \"deny\"; a push and a plain HTTP request can ask"},
    {"path = \"/admin/**\"", "path = \"admin\"", "path \"admin\" does not start with /", "write \"/admin\""},
    {"path = \"/admin/**\"", "path = \"/admin/***\"",
     "path \"/admin/***\" has ***; write * (stops at /) or ** (does not)", ""},
    {"path = \"/admin/**\"", "path = \"/admin/**\"\nrefs = [\"refs/heads/*\"]", "refs is for a push",
     "add git = \"push\", or leave it out"},
    {"git = \"fetch\"", "git = \"fetch\"\nmethods = [\"GET\"]", "methods is for plain HTTP",
     "leave it out, or leave git out"},
    {"repository = \"acme/app\"", "repository = \"acme/app.git\"", "repository \"acme/app.git\" can match nothing",
     "write it without / in front and without .git: \"acme/app\""},
    {"[\"refs/tags/*\"]", "[\"v1\"]", "ref \"v1\" does not start with refs/", "write it in full: \"refs/heads/main\""},
    {"[\"delete\"]", "[\"force\"]", "updates cannot have \"force\"", "use some of: create, update, delete"},
    {"[\"GET\", \"HEAD\"]", "[\"get\"]", "no method is called \"get\"", "write it in capitals"},
    {"[\"GET\", \"HEAD\"]", "[\"TRACE\"]", "TRACE is never let through", "leave it out"},
    {"expires_in = 120", "expires_in = 1", "expires_in is out of range: 1", "write a number from 10 to 86400"},
    {"path = \"/admin/**\"", "path = \"/admin/**\"\nexpires_in = 60", "expires_in is for verdict = \"ask\"",
     "leave it out"},
    {"id = \"app-fetch\"", "id = \"\\u001b[2J\"", "id cannot be \"?[2J\"",
     "use a-z, 0-9, '.', '_' and '-', a letter or digit first, at most 64 characters"},
};

}  // namespace

TEST_CASE("the demo profile is read as it is written") {
    const auto profile = parse(kDemo);
    REQUIRE(profile);
    CHECK(profile->name == "demo");
    CHECK(profile->version == 1);
    CHECK(profile->expires == std::chrono::sys_days{std::chrono::year{2027} / 6 / 1});
    CHECK(profile->digest == anchorhold::sha256(kDemo));
    REQUIRE(host_of(*profile, "git.demo.test") != nullptr);
    CHECK(host_of(*profile, "git.demo.test")->private_addresses);
    CHECK(host_of(*profile, "api.demo.test")->ports == std::vector<std::uint16_t>{443});
    CHECK(host_of(*profile, "example.com") == nullptr);
    CHECK(credential_of(*profile, "git-demo")->user == "agent-bot");
    CHECK(rule_of(*profile, "tags")->expires_in == kDefaultExpiresIn);
    CHECK(rule_of(*profile, "app-push")->at.line == 50);
}

TEST_CASE("each fault is named with a hint") {
    for (const Bad& bad : kBad) {
        INFO(bad.old_text << " -> " << bad.new_text);
        const auto checked = check(demo_with(bad.old_text, bad.new_text));
        REQUIRE_FALSE(checked);
        bool found = false;
        for (const Problem& problem : checked.error()) {
            UNSCOPED_INFO(problem.at.line << ":" << problem.at.column << ": " << problem.message << " | "
                                          << problem.hint);
            found = found || (problem.message == bad.message && problem.hint == bad.hint);
            CHECK(problem.at.line > 0);
            CHECK(problem.at.column > 0);
        }
        CHECK(found);
    }
}

TEST_CASE("a host is vouched for only in words") {
    CHECK_FALSE(host_of(*parse(kDemo), "git.demo.test")->reuse_after_body);
    const auto vouched = parse(demo_with("private = true", "private = true\nreuse_after_body = true"));
    REQUIRE(vouched);
    CHECK(host_of(*vouched, "git.demo.test")->reuse_after_body);
}

TEST_CASE("faults are all told, in the text's order, where they stand") {
    const auto checked = check(
        "name = \"x\"\nversion = 1\nexpires = 2027-06-01T00:00:00Z\n[[host]]\nname = \"a.test\"\n"
        "prots = [1]\n[[rule]]\nid = \"r\"\nhost = \"b.test\"\n  verdict = 5\n");
    REQUIRE_FALSE(checked);
    REQUIRE(checked.error().size() == 3);
    CHECK(checked.error()[0].at.line == 6);
    CHECK(checked.error()[0].at.column == 1);
    CHECK(checked.error()[1].at.line == 9);
    CHECK(checked.error()[1].at.column == 8);
    CHECK(checked.error()[2].at.line == 10);
    CHECK(checked.error()[2].at.column == 13);
}

TEST_CASE("a fetch that asks is told where its verdict stands") {
    const auto checked = check(demo_with("credential = \"git-demo\"\nverdict = \"allow\"", "  verdict = \"ask\""));
    REQUIRE_FALSE(checked);
    REQUIRE(checked.error().size() == 1);
    CHECK(checked.error()[0].at.line == 29);
    CHECK(checked.error()[0].at.column == 13);
}

TEST_CASE("a syntax error has its line and column, also as an Error") {
    const auto profile = parse("name = \"x\"\nversion = = 1\n");
    REQUIRE_FALSE(profile);
    CHECK(profile.error().object == "line 2, column 11");
    CHECK_FALSE(parse("a = 1\na = 2\n"));
    CHECK_FALSE(parse("host = []\n"));
    CHECK_FALSE(parse("version \u03ef= 1\n"));
    CHECK_FALSE(parse("caf\u00e9 = 1\n"));
    CHECK_FALSE(parse("rule = [1]\n"));
    CHECK_FALSE(parse(std::string(kMaxText + 1, '\n')));
    CHECK_FALSE(parse("name = \"\xff\"\n"));
}

TEST_CASE("an expiry may stand in another offset") {
    const auto profile = parse(demo_with("2027-06-01T00:00:00Z", "2027-06-01T02:00:00+02:00"));
    REQUIRE(profile);
    CHECK(profile->expires == std::chrono::sys_days{std::chrono::year{2027} / 6 / 1});
}
