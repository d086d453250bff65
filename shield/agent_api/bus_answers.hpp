// org.anchorhold.Gate1: its names and what its methods answer. agent-api serves it, hold calls it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anchorhold::agent_api {

inline constexpr const char* kBusPath = "/org/anchorhold/Gate1";
inline constexpr const char* kBusInterface = "org.anchorhold.Gate1";

// Status() → (s profile, t version, s state, s detail, as pending)
struct BusStatus {
    std::string profile;  // its name; empty: none is in force
    std::uint64_t version = 0;
    std::string state;                 // "ready", "no-gate", "no-profile", "no-auditor", "no-console", "no-passkey"
    std::string detail;                // a clause for a person
    std::vector<std::string> pending;  // "7F3A-9K2M push acme/app refs/heads/main, 280 s left"
};

// Why(s method, s url) → (s verdict, s rule, s reason)
struct BusWhy {
    std::string verdict;  // "allow", "ask", "deny"
    std::string rule;     // its id; empty: none matched
    std::string reason;   // each rule that did not match on a line of its own
};

}  // namespace anchorhold::agent_api
