#include "init/state_disk/choose.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace anchorhold::init {
namespace {

// struct ext4_super_block, Documentation/filesystems/ext4/super.rst.
constexpr std::size_t kSuper = 1024;
constexpr std::size_t kMagic = kSuper + 0x38;
constexpr std::size_t kLabel = kSuper + 0x78;
constexpr std::size_t kLabelBytes = 16;
static_assert(kStateLabel.size() <= kLabelBytes);

std::string names(const std::vector<const Disk*>& disks) {
    std::string out;
    for (const Disk* disk : disks)
        out += (out.empty() ? "" : ", ") + disk->name;
    return out;
}

}  // namespace

Result<std::string> choose_state_disk(std::span<const Disk> disks) {
    std::vector<const Disk*> marked;
    std::vector<const Disk*> others;
    for (const Disk& disk : disks) {
        if (disk.serial == kStateSerial)
            marked.push_back(&disk);
        else if (!disk.root && disk.writable)
            others.push_back(&disk);
    }
    const auto& candidates = marked.empty() ? others : marked;
    if (candidates.empty())
        return fail("find state disk", "/sys/block", ENOENT,
                    "attach a writable disk, best with the serial anchorhold-state");
    if (candidates.size() > 1)
        return fail("find state disk", names(candidates), EEXIST,
                    "more than one could be it; give exactly one the serial anchorhold-state");
    const Disk& disk = *candidates.front();
    if (disk.root)
        return fail("find state disk", disk.name, EBUSY,
                    "the disk of the root file system has the state disk's serial");
    if (!disk.writable)
        return fail("find state disk", disk.name, EROFS, "the state disk must be writable");
    return disk.name;
}

bool all_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Content judge(ByteView head, bool elsewhere_zero) {
    if (all_zero(head))
        return elsewhere_zero ? Content::blank : Content::somebodys;
    if (head.size() < kLabel + kLabelBytes || head[kMagic] != 0x53 || head[kMagic + 1] != 0xef)
        return Content::somebodys;
    const auto field = as_text(head.subspan(kLabel, kLabelBytes));
    return field.substr(0, field.find('\0')) == kStateLabel ? Content::ours : Content::somebodys;
}

}  // namespace anchorhold::init
