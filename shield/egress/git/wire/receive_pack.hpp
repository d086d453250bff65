// The command list of a push: gitprotocol-pack(5), "Reference Update Request and Packfile Transfer". Read over a
// growing buffer.
//
// Refused with a sentence that git shows: more than 1,000 updates, a ref twice, names that git-check-ref-format(1)
// forbids or that do not begin with `refs/` or have a part with a leading dash, push certificates and push options, ids
// of the wrong length, two zero ids, a capability twice, and bytes after the list that are not the pack it needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "shield/http/refusal.hpp"
#include "shield/profile/ref.hpp"

namespace anchorhold::egress {

inline constexpr std::size_t kMaxUpdates = 1000;
inline constexpr std::size_t kMaxCapabilities = 64;
inline constexpr std::size_t kMaxShallow = 1000;  // lines

struct RefUpdate {
    std::string ref;
    std::string old_id;  // lower-case hex, 40 or 64, all zero for a create
    std::string new_id;  // all zero for a delete
    profile::UpdateKind kind = profile::UpdateKind::update;
};

// Those that are acted upon; the others go up as they came.
struct PushCapabilities {
    bool report_status = false;
    bool report_status_v2 = false;
    bool side_band_64k = false;
    bool sha256 = false;  // object-format=sha256; else SHA-1
};

struct PushCommands {
    // Empty: git's probe before a large push (`0000` alone); answer it without asking anybody.
    std::vector<RefUpdate> updates;
    std::vector<std::string> shallow;
    PushCapabilities capabilities;
    std::size_t pack_offset = 0;  // of the bytes "PACK" from the buffer's start
    bool needs_pack = false;      // some update is not a delete; a push of deletes alone has no pack
};

class ReceivePackReader {
  public:
    // `buffer` starts at the body's first byte and grows; it may move. done: the list is whole; the pack begins at
    // pack_offset. Bytes behind the list are judged only as far as they are in the buffer; git ignores what follows a
    // list that needs no pack.
    ReadState read(std::string_view buffer);

    [[nodiscard]] const PushCommands& commands() const noexcept { return commands_; }
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    // Each says what is wrong with one line.
    std::optional<Refusal> command(std::string_view line);
    std::optional<Refusal> capabilities(std::string_view list);
    std::optional<Refusal> capability(std::string_view word);
    std::optional<Refusal> flush();
    ReadState refuse(Refusal refusal);

    bool whole_ = false;      // the flush behind the last command was there
    std::size_t offset_ = 0;  // parsed up to here
    ReadState state_ = ReadState::need_more;
    std::vector<std::string> named_;        // capabilities so far
    std::unordered_set<std::string> refs_;  // so far
    PushCommands commands_;
    Refusal refusal_;
};

}  // namespace anchorhold::egress
