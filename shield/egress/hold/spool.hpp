// A body that waits for a person: in an unnamed file of the state directory, never in memory, gone with its descriptor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "shield/egress/io/input.hpp"

namespace anchorhold::egress {

class Spool {
  public:
    // `max_bytes` of the body. The failure: disk_full or storage_failed.
    static Attempt<Spool> create(const std::string& directory, std::uint64_t max_bytes);
    // In a file that is open already.
    Spool(UniqueFd file, std::uint64_t max_bytes) : file_(std::move(file)), max_bytes_(max_bytes) {}

    // The failure: too_large, disk_full or storage_failed, in words for the agent.
    Attempt<> append(std::string_view bytes);
    // From `offset`; fewer bytes at the end, none behind it. The failure: storage_failed.
    [[nodiscard]] Attempt<std::size_t> read(std::uint64_t offset, std::span<char> into) const;
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    UniqueFd file_;
    std::uint64_t max_bytes_;
    std::uint64_t size_ = 0;
};

// `first` and the rest of the body, each piece of which must come within that time. The failure is the spool's or the
// body's.
Task<Attempt<>> fill(Spool& spool, std::string_view first, Body& body, Stream& client, std::chrono::seconds each);

}  // namespace anchorhold::egress
