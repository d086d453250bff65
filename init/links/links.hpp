// Brings up `lo` and the one uplink over netlink. A machine without network is a normal machine.
#pragma once

#include "init/credentials/credential.hpp"
#include "init/links/uplink_file.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// The NIC that is fenced; empty: there is none, or there are several and none may be used.
std::string choose_uplink(System& system, Report& report);

// What the credential asks for; an empty Uplink when there is no credential or a malformed one, which is reported.
Uplink read_uplink(const Credentials& credentials, Report& report);

// Failures with the uplink degrade and are reported; only a machine that cannot raise `lo` is an error.
Result<> raise_links(System& system, const std::string& nic, const Uplink& uplink, Report& report);

}  // namespace anchorhold::init
