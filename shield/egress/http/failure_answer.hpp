// What a client is told of each kind of failure, and what the log says of it: the one table.
#pragma once

#include "shield/audit/event.hpp"
#include "shield/egress/io/failure.hpp"

namespace anchorhold::egress {

struct FailureAnswer {
    int status = 0;  // HTTP's; 0: nobody is there to be told
    audit::Outcome outcome = audit::Outcome::denied;
};
[[nodiscard]] FailureAnswer answer_to(FailureKind kind);

}  // namespace anchorhold::egress
