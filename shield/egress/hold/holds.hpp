// Plain requests that wait for a person, by what they would do. A client that was told to come again, and does with the
// identical request, finds its question still open, or answered.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shield/egress/io/signal.hpp"

namespace anchorhold::egress {

class Approval;
struct Verdict;

struct HeldQuestion {
    std::shared_ptr<Approval> approval;
    bool asked = false;                // gate took it, or refused to
    const Verdict* verdict = nullptr;  // approval's
    std::vector<Signal*> waiting;

    void changed() const {
        for (Signal* each : waiting)
            each->set();
    }
};

// By rule, profile and the canonical facts.
using Holds = std::map<std::string, std::shared_ptr<HeldQuestion>, std::less<>>;

}  // namespace anchorhold::egress
