// What became of an approved act upstream, as egress tells it afterwards. Pure.
#pragma once

#include <optional>
#include <string>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::gate {

struct SentOutcome {
    std::int64_t status = 0;    // HTTP's; 0: no answer came
    std::optional<bool> taken;  // nothing: what became of it is not known
    json::array refused;        // {"ref","reason"}: of a push the refs that upstream did not take, the first 20
    std::string text;           // why, where it is not taken or not known; one line
};

// {"status","taken","refused","text"} and no others.
[[nodiscard]] Result<SentOutcome> read_outcome(const json::object& object);
[[nodiscard]] json::object to_json(const SentOutcome& outcome);

// "upstream took it (200)", "upstream did not take it (200): refs/heads/main: cannot lock ref": at most 400 bytes.
[[nodiscard]] std::string sentence(const SentOutcome& outcome);

}  // namespace anchorhold::gate
