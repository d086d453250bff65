// A body that waits for a person: in an unnamed file of the state directory, never in memory, gone with its descriptor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "shield/egress/io/input.hpp"

namespace anchorhold::egress {

class Spool {
  public:
    // `limit` in bytes. The error of a full disk or a body beyond the limit says so in words for the agent.
    static Result<Spool> create(const std::string& directory, std::uint64_t limit);

    Result<> append(std::string_view bytes);
    // From `offset`; fewer bytes at the end, none behind it.
    [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const;
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    Spool(UniqueFd fd, std::uint64_t limit) : fd_(std::move(fd)), limit_(limit) {}
    UniqueFd fd_;
    std::uint64_t limit_;
    std::uint64_t size_ = 0;
};

// How a body came in, and what was wrong.
enum class Intake : std::uint8_t { whole, malformed, client_gone, too_large, not_held };
struct TakenIn {
    Intake how = Intake::whole;
    Error why;
};
// `first` and the rest of the body, each piece of which must come within that time.
Task<TakenIn> fill(Spool& spool, std::string_view first, Body& body, Stream& client, std::chrono::seconds each);

}  // namespace anchorhold::egress
