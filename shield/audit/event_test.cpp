#include "shield/audit/event.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/audit/event_text.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;

namespace {

Common common(Outcome outcome) {
    return {.time = 1'790'000'000'000,
            .workstation = "anchor",
            .correlation = "req-1",
            .outcome = outcome,
            .reason = "why",
            .policy = PolicyRef{.name = "demo", .version = 3, .digest = "ab"},
            .rule = "app-push"};
}

// What every class must have: https://schema.ocsf.io/1.9.0/base_event.
void check_base(const json::object& event, int class_uid) {
    INFO(json::serialize(event));
    CHECK(canonical(event));
    CHECK(event.at("class_uid") == class_uid);
    CHECK(event.at("category_uid") == class_uid / 1000);
    CHECK(event.at("type_uid").as_int64() == class_uid * 100 + event.at("activity_id").as_int64());
    CHECK(event.at("severity_id").is_int64());
    CHECK(event.at("time") == 1'790'000'000'000);
    const auto& metadata = event.at("metadata").as_object();
    CHECK(metadata.at("version") == "1.9.0");
    CHECK(metadata.at("product").at("name") == "Anchorhold");
    CHECK(metadata.at("profiles").as_array().size() == 3);
    CHECK(metadata.at("correlation_uid") == "req-1");
    CHECK(event.at("device").at("type_id").is_int64());
    CHECK(event.at("policy").at("version") == "3");
}

}  // namespace

TEST_CASE("each event has what its class requires") {
    const auto network =
        event(NetworkActivity{.common = common(Outcome::denied), .destination = {.address = "203.0.113.1"}});
    check_base(network, 4001);
    CHECK_FALSE(network.contains("count"));
    auto often = common(Outcome::denied);
    often.count = 3;
    CHECK(event(NetworkActivity{.common = often}).at("count") == 3);
    CHECK(network.at("disposition_id") == 2);
    CHECK(network.at("dst_endpoint").at("ip") == "203.0.113.1");

    const auto http = event(HttpActivity{.common = common(Outcome::allowed),
                                         .method = "POST",
                                         .url = "https://user:pw@api.demo.test:8443/a/b?token=hidden#x",
                                         .body_bytes = 7});
    check_base(http, 4002);
    CHECK(http.at("activity_id") == 6);
    CHECK(http.at("http_request").at("body_length") == 7);
    CHECK(http.at("http_request").at("url") ==
          json::value{{"hostname", "api.demo.test"}, {"path", "/a/b"}, {"scheme", "https"}, {"port", 8443}});
    CHECK_FALSE(json::serialize(http).contains("hidden"));
    CHECK_FALSE(json::serialize(http).contains("pw"));

    const auto dns = event(DnsActivity{.common = common(Outcome::denied), .name = "x.test", .type = "A", .rcode = 3});
    check_base(dns, 4003);
    CHECK(dns.at("query").at("hostname") == "x.test");

    const auto api = event(
        ApiActivity{.common = common(Outcome::delayed),
                    .operation = "git.push",
                    .activity_id = 3,
                    .destination = {.name = "git.demo.test"},
                    .resources = {{.type = "ref", .name = "refs/heads/main", .uid = "a..b", .change = "update"}}});
    check_base(api, 6003);
    CHECK(api.at("disposition_id") == 14);
    CHECK(api.at("activity_id") == 3);
    CHECK_FALSE(api.contains("activity_name"));
    CHECK(api.at("actor").at("user").at("name") == "agent");
    CHECK(api.at("api").at("operation") == "git.push");
    CHECK(api.at("resources").as_array().size() == 1);
    CHECK(api.contains("src_endpoint"));
    const auto other = event(ApiActivity{.common = common(Outcome::allowed), .operation = "credential.lease"});
    CHECK(other.at("activity_id") == 99);
    CHECK(other.at("activity_name") == "credential.lease");

    const auto approval = event(Approval{.common = common(Outcome::approved),
                                         .request = "7F3A",
                                         .action_sha256 = std::string(64, 'a'),
                                         .action = R"({"v":1})",
                                         .by = "yubikey",
                                         .assertion = Assertion{.signature = "c2ln"}});
    check_base(approval, 3003);
    CHECK(approval.at("user").at("name") == "yubikey");
    CHECK(approval.at("privileges").is_array());
    CHECK(approval.at("unmapped").at("action") == R"({"v":1})");
    CHECK(approval.at("unmapped").at("assertion").at("signature") == "c2ln");

    check_base(event(Lifecycle{.common = common(Outcome::allowed), .program = "gate"}), 6002);
    check_base(event(ProfileChange{.common = common(Outcome::denied), .loaded = false}), 5019);
    const auto enrolled =
        event(PasskeyEnrolment{.common = common(Outcome::allowed), .name = "phone", .credential_id = "id"});
    check_base(enrolled, 3004);
    CHECK(enrolled.at("entity").at("type") == "passkey");
}

TEST_CASE("nothing that a stranger sends makes a record that cannot be written") {
    const auto http = event(HttpActivity{.common = common(Outcome::denied),
                                         .method = "\xff\xfe",
                                         .url = "https://h/" + std::string(5000, '\xc3'),
                                         .body_bytes = ~std::uint64_t{0}});
    const auto text = canonical(http);
    REQUIRE(text);
    CHECK(parse_json(*text));
    CHECK(text->size() < 4000);

    std::vector<Resource> many(10'000, Resource{.type = "ref", .name = std::string(3000, 'r')});
    const auto api = event(ApiActivity{.common = common(Outcome::denied), .operation = "git.push", .resources = many});
    CHECK(api.at("resources").as_array().size() == kMaxResources);
    CHECK(api.at("unmapped").at("resources_total") == 10'000);
    const auto approval = event(Approval{.common = common(Outcome::rejected),
                                         .action_sha256 = std::string(64, 'a'),
                                         .action = std::string(kMaxAction + 1, 'x')});
    CHECK_FALSE(approval.at("unmapped").as_object().contains("action"));
    CHECK(approval.at("unmapped").at("action_sha256").as_string().size() == 64);
}

TEST_CASE("text is made valid and short at the border of a character") {
    CHECK(clean_text("plain", 10) == "plain");
    CHECK(clean_text("a\xC0\xAF\xED\xA0\x80z", 100) == "a�����z");
    CHECK(clean_text("€€€", 9) == "€€€");
    CHECK(clean_text("€€€€", 9) == "€€…");
    CHECK(clean_text("abcdef", 5) == "ab…");
    CHECK(clean_text("\xF4\x90\x80\x80", 100) == "����");
    CHECK(clean_text("abc", 2).empty());
}

TEST_CASE("URLs are split without what may hide secrets") {
    const auto parts = split_url("http://[2001:db8::1]:80/x?q");
    CHECK(parts.host == "[2001:db8::1]");
    CHECK(parts.port == "80");
    CHECK(parts.path == "/x");
    CHECK(split_url("https://a@b@h").host == "h");
    CHECK(split_url("https://h?x").path == "/");
    CHECK(split_url("").host.empty());
}
