// What egress may say about a held request, against the profile of the tests.
#include <cstdlib>

#include "shield/gate/action_record.hpp"
#include "shield/gate/facts.hpp"
#include "shield/profile/testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const auto profile = profile::parse(profile::kDemo);
    const auto value = parse_json(as_text({data, size}));
    if (!value || !value->is_object() || !gate::check_facts(value->get_object()))
        return 0;
    const auto& facts = value->get_object();
    const auto rule = gate::asking_rule(facts, "app-push", *profile);
    if (rule && ((*rule)->id != "app-push" || text_member(facts, "host") != "git.demo.test"))
        std::abort();
    // Facts that were taken have a record, if it is short enough, and the same one again.
    const auto record = gate::make_record(facts, {});
    if (record && !gate::same(record->digest, gate::make_record(facts, {})->digest))
        std::abort();
    return 0;
}
