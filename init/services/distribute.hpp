// Which credential goes to which service, as data, and the writing of /run/credentials/SERVICE/NAME.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "init/credentials/credential.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

inline constexpr std::string_view kCredentialsDirectory = "/run/credentials";

struct DistributionRow {
    std::string_view name;  // a trailing '*' makes it a prefix
    std::string_view service;
    std::string_view why;
};

std::span<const DistributionRow> distribution_table();

// One directory (0500) and its files (0400), all of the service's owner. The directory is made when there is nothing
// for it, too.
Result<> distribute(System& system, const Credentials& credentials, std::span<const DistributionRow> table,
                    std::string_view service, uid_t uid, gid_t gid);

// Says which credentials nobody gets: most often a typing error on the host.
void report_unclaimed(const Credentials& credentials, std::span<const DistributionRow> table, Report& report);

// Overwrites in PID 1's memory all that was handed out and that init itself does not use.
void forget_distributed(Credentials& credentials, std::span<const DistributionRow> table);

}  // namespace anchorhold::init
