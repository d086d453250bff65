// Reads every credential that the host gave: SMBIOS type 11 first, then fw_cfg. Runs once, before any byte of a
// stranger's.
#pragma once

#include "init/credentials/credential.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Malformed ones and duplicates are reported and left out; a machine without either carrier has no credentials.
Credentials import_credentials(System& system, Report& report);

}  // namespace anchorhold::init
