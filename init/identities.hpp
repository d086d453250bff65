// Who runs as whom (docs/design.md). The group of each has the same number.
#pragma once

#include <sys/types.h>

namespace anchorhold::init {

inline constexpr uid_t kGateUid = 801;
inline constexpr uid_t kEgressUid = 802;
inline constexpr uid_t kConsoleUid = 803;
inline constexpr uid_t kAuditUid = 804;

}  // namespace anchorhold::init
