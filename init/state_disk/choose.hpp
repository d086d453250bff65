// Which disk is the state disk, and what is on it: pure judgements. Nothing here reads or writes a disk.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::init {

inline constexpr std::string_view kStateSerial = "anchorhold-state";
inline constexpr std::string_view kStateLabel = "anchorhold-state";

struct Disk {
    std::string name = {};
    std::string serial = {};  // may be empty
    bool root = false;        // carries the root file system
    bool writable = true;
};

// The disk with our serial; without one, the only other disk there is. The error says what the host should attach.
[[nodiscard]] Result<std::string> choose_state_disk(std::span<const Disk> disks);

enum class Content : std::uint8_t { blank, ours, somebodys };

inline constexpr std::size_t kHead = 1024UL * 1024;  // holds every primary superblock and partition table there is
inline constexpr std::size_t kTail = 1024UL * 1024;  // backup GPT, md 1.0, ZFS labels
// Strewn between: a disk whose ends were wiped still has data in the middle.
inline constexpr std::size_t kSpots = 62;
inline constexpr std::size_t kSpotBytes = 4096;

// `elsewhere_zero`: the tail and all spots hold nothing but zeros.
[[nodiscard]] Content judge(ByteView head, bool elsewhere_zero);
[[nodiscard]] bool all_zero(ByteView bytes);

}  // namespace anchorhold::init
