// What every connection works with: one of each a process, made by main.
#pragma once

#include <string>

#include "base/deduplicator.hpp"
#include "base/log_limiter.hpp"
#include "shield/egress/hold/holds.hpp"
#include "shield/egress/http/ends.hpp"
#include "shield/egress/http/flows.hpp"
#include "shield/egress/io/deadlines.hpp"
#include "shield/egress/names/names.hpp"
#include "shield/egress/peers/audit.hpp"
#include "shield/egress/peers/gate.hpp"
#include "shield/egress/tls/authority.hpp"
#include "shield/egress/tls/tls.hpp"
#include "shield/egress/upstream/upstream.hpp"

namespace anchorhold::egress {

struct Services {
    Executor executor;
    std::string state_directory;
    Deadlines& deadlines;
    Gate& gate;
    Audit& audit;
    Names& names;
    AgentTls& agent_tls;
    Upstream& upstream;
    Flows& flows;
    Ends& ends;
    Deduplicator refused_again;  // connections and DNS queries that are refused again and again
    Holds holds;                 // plain requests that wait for a person
    std::size_t push_scans = 0;  // of packs, just now
    LogLimiter refused_requests = {};
    LogLimiter refused_questions = {};
    LogLimiter refused_connections = {};

    // A connection or DNS query was refused: `key` names what is the same again, `limiter` bounds its class. Zero:
    // suppress it now; otherwise log one record, which stands for so many refusals.
    [[nodiscard]] std::int64_t should_log(const std::string& key, LogLimiter& limiter) {
        const auto now = Clock::now();
        const auto refusals = refused_again.should_log(key, now);
        return refusals > 0 ? limiter.should_log(refusals, now) : 0;
    }
};

}  // namespace anchorhold::egress
