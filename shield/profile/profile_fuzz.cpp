// Any text is either told its faults, each at a place, or is a profile that decides without a crash.
#include <cstdint>
#include <cstdlib>

#include "shield/profile/explain.hpp"
#include "shield/profile/profile.hpp"

using namespace anchorhold::profile;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto checked = check(text);
    if (!checked) {
        if (checked.error().empty())
            std::abort();
        for (const Problem& problem : checked.error())
            if (problem.at.line == 0 || problem.at.column == 0 || problem.message.empty())
                std::abort();
        return 0;
    }
    const RefUpdate update{"refs/heads/main", UpdateKind::update};
    for (const Host& host : checked->hosts) {
        const auto plain = explain(*checked, HttpRequest{host.name, host.ports.front(), "GET", read_target("/a/b")});
        // The decision and its explanation must name the same rule.
        const Rule* matched = plain.steps.empty() || !plain.steps.back().matched ? nullptr : plain.steps.back().rule;
        if (matched != plain.decision.rule)
            std::abort();
        (void)decide(*checked, PushRequest{host.name, host.ports.front(), "acme/app", {&update, 1}});
        (void)decide_git_advertise(*checked, {host.name, host.ports.front(), "acme/app"});
    }
    return 0;
}
