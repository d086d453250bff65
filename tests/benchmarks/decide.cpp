// One decision among 10 rules and among 10,000: the rules of other hosts must cost nothing. Requests go round all
// hosts.
#include "shield/profile/decide.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <format>
#include <string>
#include <vector>

using namespace anchorhold::profile;

namespace {

constexpr int kRulesOfAHost = 10;
constexpr int kRounds = 15;
constexpr int kDecisions = 100'000;

std::string host_name(int number) {
    return std::format("host{}.example.com", number);
}

Profile profile_of(int hosts) {
    std::string text = "name = \"bench\"\nversion = 1\nexpires = 2999-01-01T00:00:00Z\n";
    for (int host = 0; host < hosts; ++host)
        text += std::format("[[host]]\nname = \"{}\"\n", host_name(host));
    for (int host = 0; host < hosts; ++host)
        for (int rule = 0; rule < kRulesOfAHost; ++rule)
            text += std::format(
                "[[rule]]\nid = \"r{}-{}\"\nhost = \"{}\"\nmethods = [\"GET\", \"POST\"]\n"
                "path = \"/api/v{}/*/items/**\"\nverdict = \"allow\"\n",
                host, rule, host_name(host), rule);
    auto profile = parse(text);
    if (!profile) {
        std::fputs(profile.error().text().c_str(), stderr);
        std::exit(2);
    }
    return std::move(*profile);
}

// Nanoseconds of one decision.
double measure(const Profile& profile) {
    std::vector<std::string> targets;
    targets.reserve(kRulesOfAHost);
    for (int rule = 0; rule < kRulesOfAHost; ++rule)
        targets.push_back(std::format("/api/v{}/acme/items/4711/parts?page=2", rule));
    std::size_t allowed = 0;
    std::size_t host = 0;
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kDecisions; ++i) {
        const ReadTarget target = read_target(targets[i % targets.size()]);
        const HttpRequest request{profile.hosts[host].name, 443, "POST", target};
        allowed += decide(profile, request).verdict == Verdict::allow ? 1U : 0U;
        // A step that is prime to the number of hosts visits them all, and no two neighbours in turn.
        host = (host + 617) % profile.hosts.size();
    }
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    if (allowed != kDecisions)
        std::exit(3);
    return taken.count() / kDecisions;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + kRounds / 2);
    return values[kRounds / 2];
}

}  // namespace

int main() {
    const Profile small = profile_of(1);
    const Profile large = profile_of(1000);
    std::vector<double> of_small;
    std::vector<double> of_large;
    // In turns, so that a busy machine slows both.
    for (int round = 0; round < kRounds; ++round) {
        of_small.push_back(measure(small));
        of_large.push_back(measure(large));
    }
    const double few = median(of_small);
    const double many = median(of_large);
    std::printf("one decision: %.0f ns with %zu rules, %.0f ns with %zu rules (median of %d rounds)\n", few,
                small.rules.size(), many, large.rules.size(), kRounds);
    std::printf("decide ratio=%.2f\n", many / few);
    return 0;
}
