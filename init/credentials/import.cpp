#include "init/credentials/import.hpp"

#include <strings.h>

#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr char kDmi[] = "/sys/firmware/dmi/entries";
constexpr char kFwCfg[] = "/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials";
// SMBIOS 3 tables reach 4 GiB; what a host sends us does not.
constexpr std::size_t kMaxTable = 4 * kMaxCredentialBytes;

void take(Found found, std::string_view source, Credentials& into, Report& report) {
    for (const Error& error : found.malformed)
        report.degraded(error.text());
    for (Credential& credential : found.credentials) {
        const std::string name = credential.name;
        if (!into.add(std::move(credential)))
            report.say("credential " + name + " came again from " + std::string(source) + "; the first one counts");
    }
}

Found read_fw_cfg(System& system, const std::string& name) {
    Found found;
    const std::string path = std::string(kFwCfg) + "/" + name + "/raw";
    if (!valid_credential_name(name)) {
        found.malformed.push_back(
            Error{"import credential", path, EINVAL, "a name is 1 to 255 letters, digits, '.', '_' or '-'"});
        return found;
    }
    auto text = system.read(path, kMaxCredentialBytes);
    if (text) {
        found.credentials.push_back({.name = name, .value = Bytes(text->begin(), text->end())});
        explicit_bzero(text->data(), text->size());
    } else {
        found.malformed.push_back(std::move(text.error()));
    }
    return found;
}

}  // namespace

Credentials import_credentials(System& system, Report& report) {
    Credentials out;
    for (const std::string& entry : system.names_in(kDmi)) {
        if (!entry.starts_with("11-"))
            continue;
        const std::string path = std::string(kDmi) + "/" + entry + "/raw";
        if (auto raw = system.read(path, kMaxTable)) {
            take(parse_smbios_strings(as_bytes(*raw), path), "SMBIOS", out, report);
            explicit_bzero(raw->data(), raw->size());
        } else {
            report.degraded(raw.error().text());
        }
    }
    for (const std::string& name : system.names_in(kFwCfg))
        take(read_fw_cfg(system, name), "fw_cfg", out, report);
    return out;
}

}  // namespace anchorhold::init
