// Who runs as whom. The group of each has the same number. image/guest/postinst makes the accounts: base-test compares.
#pragma once

#include <sys/types.h>

namespace anchorhold {

inline constexpr uid_t kGateUid = 801;      // gatekeeper: the vault; no network socket reaches it
inline constexpr uid_t kEgressUid = 802;    // the only one that the fence lets out
inline constexpr uid_t kConsoleUid = 803;   // where a person approves; talks to gate alone
inline constexpr uid_t kAuditUid = 804;     // the log; the last blocks of the state disk are its own
inline constexpr uid_t kAgentApiUid = 805;  // parses what the agent asks by `hold`; no secret, no network
inline constexpr uid_t kAgentUid = 1000;    // everything that the agent does, in the cell

}  // namespace anchorhold
