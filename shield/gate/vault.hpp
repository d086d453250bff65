// The secrets, in memory of their own: memfd_secret(2), which the kernel itself does not map, or where it is missing
// locked pages that are not dumped and not inherited. Wiped when the vault goes.
// Where they came from is left alone: init writes the files once a boot, so a gate that was restarted reads them again;
// they are 0400 of uid 801 on a ramfs that is not in the agent's world.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::gate {

class Vault {
  public:
    // Every file anchorhold.secret.NAME of the directory, one trailing newline dropped; at most 64 KiB each.
    // A directory that does not exist is an empty vault.
    static Result<Vault> load(const std::string& directory);

    Vault() = default;
    Vault(Vault&& other) noexcept;
    Vault& operator=(Vault&& other) noexcept;
    ~Vault();

    // Valid as long as the vault.
    [[nodiscard]] std::optional<std::span<const char>> find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::string name;
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    void wipe() noexcept;

    std::span<char> memory_;
    std::vector<Entry> entries_;
};

}  // namespace anchorhold::gate
