// System-call filters as data. Two of them: `refused` names calls that nobody in the guest but PID 1 needs and answers
// them with an errno; `known` answers ENOSYS for all but the calls listed. Native ABI only: any other, x32 included,
// gets ENOSYS. Never a signal: a program that probes for a call gets an answer it can handle. Sources: seccomp(2),
// seccomp_rule_add(3).
#pragma once

#include <vector>

#include "base/error.hpp"
#include "init/launch/filter.hpp"

namespace anchorhold::cell {

using init::Filter;

// For the agent: only known calls, and of these not the refused ones. Load in this order.
[[nodiscard]] Result<std::vector<Filter>> agent_filters();
// For the shield's processes: all but the refused calls.
[[nodiscard]] Result<Filter> service_filter();

}  // namespace anchorhold::cell
