// System-call filters as data. Two of them: `refused` names calls that nobody in the guest but PID 1 needs and answers
// them with an errno; `known` answers ENOSYS for all but the calls listed. Native ABI only: any other, x32 included,
// gets ENOSYS. Never a signal: a program that probes for a call gets an answer it can handle. Sources: seccomp(2),
// seccomp_rule_add(3).
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/error.hpp"

namespace anchorhold::cell {

using Filter = std::vector<sock_filter>;  // a compiled program, ready for SECCOMP_SET_MODE_FILTER

// For the agent: only known calls, and of these not the refused ones. Load in this order.
[[nodiscard]] Result<std::vector<Filter>> agent_filters();
// For the shield's processes: all but the refused calls.
[[nodiscard]] Result<Filter> service_filter();

// To this process, for good. Needs no_new_privs or CAP_SYS_ADMIN. Returns errno, 0 when it holds.
[[nodiscard]] int load(const Filter& filter) noexcept;

}  // namespace anchorhold::cell
