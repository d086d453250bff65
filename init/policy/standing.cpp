#include "init/policy/standing.hpp"

#include <cerrno>
#include <charconv>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxStatus = 16384;
constexpr std::size_t kMaxLabel = 4096;
constexpr std::string_view kSets[] = {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t", "CapAmb:\t"};

// The number behind `name` at the start of a line.
Result<std::uint64_t> field(std::string_view status, std::string_view name, int base) {
    std::size_t at = status.starts_with(name) ? 0 : status.find("\n" + std::string(name));
    if (at == std::string_view::npos)
        return fail("parse process status", name, 0, "no such line");
    at += name.size() + (at == 0 && status.starts_with(name) ? 0 : 1);
    const std::string_view rest = status.substr(at, status.find('\n', at) - at);
    std::uint64_t value = 0;
    const auto [end, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (wrong != std::errc() || end != rest.data() + rest.size())
        return fail("parse process status", name, 0, "not a number");
    return value;
}

std::uint64_t mask_of(const std::vector<int>& capabilities) {
    std::uint64_t mask = 0;
    for (const int capability : capabilities)
        mask |= 1ULL << static_cast<unsigned>(capability);
    return mask;
}

std::unexpected<Error> differs(pid_t pid, std::string_view what, std::string_view detail) {
    return fail("read back what was asked for", std::string(what) + " of process " + std::to_string(pid), EPROTO,
                detail);
}

std::string hex(std::uint64_t value) {
    char digits[17];
    const auto [end, wrong] = std::to_chars(digits, digits + 16, value, 16);
    return {digits, wrong == std::errc() ? end : digits};
}

Result<> read_label(System& system, pid_t pid, const std::string& profile) {
    if (profile.empty())
        return {};
    auto label = system.read("/proc/" + std::to_string(pid) + "/attr/apparmor/current", kMaxLabel);
    if (!label)
        return std::unexpected(label.error());
    while (label->ends_with('\n') || label->ends_with('\0'))
        label->pop_back();
    const std::string wanted = profile + " (enforce)";
    if (*label != wanted)
        return differs(pid, "AppArmor label", "it is '" + *label + "' though '" + wanted + "' was asked for");
    return {};
}

}  // namespace

Result<Standing> parse_status(std::string_view status) {
    Standing out;
    for (const std::string_view set : kSets) {
        const auto value = field(status, set, 16);
        if (!value)
            return std::unexpected(value.error());
        out.capabilities |= *value;
    }
    const auto no_new_privs = field(status, "NoNewPrivs:\t", 10);
    const auto mode = field(status, "Seccomp:\t", 10);
    if (!no_new_privs || !mode)
        return std::unexpected(no_new_privs ? mode.error() : no_new_privs.error());
    out.no_new_privs = *no_new_privs == 1;
    out.filtered = *mode == 2;
    return out;
}

Asked asked_of(const LaunchSpec& spec) {
    return {.profile = spec.apparmor,
            .capabilities = spec.drop_capabilities ? mask_of(spec.capabilities) : ~0ULL,
            .no_new_privs = spec.no_new_privs,
            .filtered = !spec.filters.empty()};
}

Result<> read_back(System& system, pid_t pid, const Asked& asked) {
    if (auto same = read_label(system, pid, asked.profile); !same)
        return same;
    const auto status = system.read("/proc/" + std::to_string(pid) + "/status", kMaxStatus);
    if (!status)
        return std::unexpected(status.error());
    const auto now = parse_status(*status);
    if (!now)
        return std::unexpected(now.error());
    if ((now->capabilities & ~asked.capabilities) != 0)
        return differs(pid, "capabilities",
                       hex(now->capabilities) + " though at most " + hex(asked.capabilities) + " was asked for");
    if (asked.no_new_privs && !now->no_new_privs)
        return differs(pid, "no_new_privs", "it is not set");
    if (asked.filtered && !now->filtered)
        return differs(pid, "seccomp", "no filter is loaded");
    return {};
}

}  // namespace anchorhold::init
