// What every connection works with: one of each a process, made by main.
#pragma once

#include <string>

#include "shield/audit/flood.hpp"
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
    Repetitions folded;          // connections and questions that are refused again and again
    Holds holds;                 // plain requests that wait for a person
    std::size_t push_scans = 0;  // of packs, just now
    audit::Flood refused_requests = {};
    audit::Flood refused_questions = {};
    audit::Flood refused_connections = {};

    // How many refusals to tell of now, `key` naming what is the same again and `kind` what floods; zero: none.
    [[nodiscard]] std::int64_t worth_telling(const std::string& key, audit::Flood& kind) {
        const auto now = Clock::now();
        const auto seen = folded.count(key, now);
        return seen > 0 ? kind.count(seen, now) : 0;
    }
};

}  // namespace anchorhold::egress
