#include "init/services/distribute.hpp"

#include <algorithm>

namespace anchorhold::init {
namespace {

constexpr DistributionRow kTable[] = {
    {"anchorhold.profile", "gate", "the profile in force is decided there"},
    {"anchorhold.profile.sig", "gate", "who signed it"},
    {"anchorhold.profile.floor", "gate", "the lowest version to accept"},
    {"anchorhold.secret.*", "gate", "the vault: no other process reads a secret at rest"},
    {"anchorhold.enrol", "gate", "lets a person register a passkey once"},
    {"anchorhold.console.origins", "gate", "an assertion's origin is checked against it"},
    {"anchorhold.console.origins", "console", "the page is served under these names only"},
    {"network.network.uplink", "init", "links are init's"},
    {"system.hostname", "init", "so is the name"},
    {"ssh.authorized_keys.agent", "init", "goes into the cell as a file of its own"},
#ifdef ANCHORHOLD_CONTROLS
    {"anchorhold.controls.off", "init", "test images only: guards to switch off"},
    {"anchorhold.controls.off", "gate", "test images only"},
    {"anchorhold.controls.off", "egress", "test images only"},
    {"anchorhold.controls.off", "console", "test images only"},
    {"anchorhold.controls.off", "audit", "test images only"},
    {"anchorhold.controls.off", "agent-api", "test images only"},
#endif
};

bool fits(const DistributionRow& row, std::string_view name) {
    if (row.name.ends_with('*'))
        return name.starts_with(row.name.substr(0, row.name.size() - 1));
    return name == row.name;
}

}  // namespace

std::span<const DistributionRow> distribution_table() {
    return kTable;
}

Result<> distribute(System& system, const Credentials& credentials, std::span<const DistributionRow> table,
                    std::string_view service, uid_t uid, gid_t gid) {
    const std::string directory = std::string(kCredentialsDirectory) + "/" + std::string(service);
    if (auto made = system.make_directory(directory, {.uid = uid, .gid = gid, .mode = 0500}); !made)
        return made;
    for (const auto& [name, value] : credentials.all()) {
        const bool ours = std::ranges::any_of(
            table, [&](const DistributionRow& row) { return row.service == service && fits(row, name); });
        if (!ours)
            continue;
        const std::string path = std::string(directory).append("/").append(name);
        if (auto made = system.make_file(path, value, {.uid = uid, .gid = gid, .mode = 0400}); !made)
            return made;
    }
    return {};
}

void report_unclaimed(const Credentials& credentials, std::span<const DistributionRow> table, Report& report) {
    for (const auto& [name, value] : credentials.all()) {
        if (std::ranges::none_of(table, [&](const DistributionRow& row) { return fits(row, name); }))
            report.say("credential " + name + " is for nobody here; is the name right?");
    }
}

void forget_distributed(Credentials& credentials, std::span<const DistributionRow> table) {
    std::vector<std::string> gone;
    for (const auto& [name, value] : credentials.all()) {
        const bool inits = std::ranges::any_of(
            table, [&](const DistributionRow& row) { return row.service == "init" && fits(row, name); });
        if (!inits)
            gone.push_back(name);
    }
    for (const std::string& name : gone)
        credentials.forget(name);
}

}  // namespace anchorhold::init
