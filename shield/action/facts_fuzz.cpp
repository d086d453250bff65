// What egress may say about a held act, against the profile of the tests.
#include <cstdlib>

#include "shield/action/action.hpp"
#include "shield/action/action_record.hpp"
#include "shield/profile/testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const auto profile = profile::parse(profile::kDemo);
    const auto value = parse_json(as_text({data, size}));
    if (!value || !value->is_object() || !action::check_facts(value->get_object()))
        return 0;
    const auto& facts = value->get_object();
    const auto rule = action::asking_rule(facts, "app-push", *profile);
    if (rule && ((*rule)->id != "app-push" || text_member(facts, "host") != "git.demo.test"))
        std::abort();
    // Facts that were taken have a summary that is short, and audit fields of the same body.
    constexpr std::size_t kMaxSummary = 200 + std::string_view("…").size();
    if (action::summary(facts).size() > kMaxSummary ||
        action::audit_fields(facts).body_sha256 != text_member(facts, "body_sha256"))
        std::abort();
    // They have a record, if it is short enough, and the same one again.
    const auto record = action::make_record(facts, {});
    if (record && !action::same(record->digest, action::make_record(facts, {})->digest))
        std::abort();
    return 0;
}
