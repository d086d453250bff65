// The workstation's name, from the credential system.hostname.
#pragma once

#include <string>

#include "init/credentials/credential.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// One label: 1 to 63 of [a-z0-9-], no hyphen at either end (RFC 1123).
[[nodiscard]] bool valid_hostname(std::string_view name);

// `name` holds the default and takes the name that was set. A malformed one is reported and the default stays.
Result<> set_hostname(System& system, const Credentials& credentials, Report& report, std::string& name);

}  // namespace anchorhold::init
