#include "shield/action/action_record.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/action/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::action;

TEST_CASE("records that differ in anything have another digest") {
    const Binding binding{.workstation = "anchor",
                          .agent = "agent",
                          .credential = "",
                          .rule = "r",
                          .profile_name = "p",
                          .profile_version = 1,
                          .profile_digest = "d",
                          .nonce = "n",
                          .requested = 1,
                          .expires = 2};
    const auto facts = request_facts("pay=5", "pay=5");
    const auto record = make_record(facts, binding);
    REQUIRE(record);
    CHECK(record->object.at("credential").is_null());
    CHECK(same(record->digest, sha256(record->canonical)));
    CHECK(same(record->digest, make_record(facts, binding)->digest));
    for (auto Binding::* member : {&Binding::workstation, &Binding::agent, &Binding::credential, &Binding::rule,
                                   &Binding::profile_name, &Binding::profile_digest, &Binding::nonce}) {
        Binding other = binding;
        other.*member += "x";
        CHECK_FALSE(same(record->digest, make_record(facts, other)->digest));
    }
    for (auto Binding::* member : {&Binding::profile_version, &Binding::requested, &Binding::expires}) {
        Binding other = binding;
        other.*member += 1;
        CHECK_FALSE(same(record->digest, make_record(facts, other)->digest));
    }
    json::object long_facts = facts;
    long_facts["url"] = std::string(kMaxRecord, 'x');
    CHECK(make_record(long_facts, binding).error().detail.contains("header fields"));
    long_facts = push_facts();
    long_facts["repository"] = std::string(kMaxRecord, 'x');
    CHECK(make_record(long_facts, binding).error().detail.contains("push fewer refs"));
}
