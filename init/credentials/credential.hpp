// Credentials from the host as pure values: systemd's carriers and names (systemd.system-credentials(7),
// smbios-type-11(7)). No I/O here; import.hpp reads the machine, distribute.hpp gives to services.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::init {

inline constexpr std::size_t kMaxCredentialBytes = 1024UL * 1024;

struct Credential {
    std::string name;
    Bytes value;
};

// What one source held. A malformed entry takes nothing else with it.
struct Found {
    std::vector<Credential> credentials;
    std::vector<Error> malformed;
};

// 1 to 255 of [A-Za-z0-9._-], not starting with a dot: it becomes a file name.
[[nodiscard]] bool valid_credential_name(std::string_view name);

// The raw bytes of one SMBIOS structure of type 11, DSP0134 section 7.12: header, count, strings that end in NUL.
// `where` names the source in errors. Strings that are not credentials belong to others and are passed over.
[[nodiscard]] Found parse_smbios_strings(ByteView raw, std::string_view where);

// All credentials of this boot by name. The first source to give a name wins.
class Credentials {
  public:
    Credentials() = default;
    Credentials(Credentials&&) = default;
    Credentials& operator=(Credentials&&) = default;
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;
    ~Credentials();

    // False when there is one of that name already, which stays.
    bool add(Credential credential);
    [[nodiscard]] const Bytes* find(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] const std::map<std::string, Bytes, std::less<>>& all() const { return values_; }
    // Overwrites the values: once handed out, PID 1 need not know them.
    void forget(std::string_view name);

  private:
    std::map<std::string, Bytes, std::less<>> values_;
};

}  // namespace anchorhold::init
