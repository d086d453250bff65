#include "init/boot/hostname.hpp"

#include <algorithm>

namespace anchorhold::init {

bool valid_hostname(std::string_view name) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
           std::ranges::all_of(name, allowed);
}

Result<> set_hostname(System& system, const Credentials& credentials, Report& report, std::string& name) {
    std::string wanted = credentials.text("system.hostname");
    if (wanted.ends_with('\n'))
        wanted.pop_back();
    if (valid_hostname(wanted))
        name = wanted;
    else if (credentials.find("system.hostname") != nullptr)
        report.degraded("credential system.hostname is no host name (1 to 63 of a-z, 0-9 and '-'); using " + name);
    return system.set_hostname(name);
}

}  // namespace anchorhold::init
