// What the commits of a pack say, as far as the pack alone can tell: who wrote them, their subjects, and whether a new
// commit has an old one among its ancestors. An observer of PackScanner; bounded memory, and pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shield/egress/git/wire/pack_scan.hpp"

namespace anchorhold::egress {

struct ShownCommit {
    std::string id;
    // Nothing: it is not text (UTF-8 without controls). At most 200 bytes, and "…" where something is left out.
    std::optional<std::string> subject;
    std::optional<std::string> author;  // "Ada <ada@example.com>", as the commit says
};

// yes: the old commit was met on the way from the new one. no: all of the new one's ancestors are in the pack, and the
// old one is not among them. unknown: the way leaves the pack, or was too long.
enum class Ancestry : std::uint8_t { yes, no, unknown };

class CommitLog : public PackObserver {
  public:
    // 20 (SHA-1) or 32 (SHA-256).
    explicit CommitLog(std::size_t id_bytes) : id_bytes_(id_bytes) {}

    bool begin(const PackObject& object) override;
    void data(ByteView bytes) override;
    void end() override;

    // Ids are lower-case hex. The walks of one log share one allowance of steps.
    [[nodiscard]] Ancestry has_ancestor(std::string_view new_id, std::string_view old_id);
    // From these ids on, each commit before its parents' parents.
    [[nodiscard]] std::vector<ShownCommit> shown(std::span<const std::string_view> from, std::size_t most) const;

  private:
    struct Object {
        std::uint64_t offset = 0;
        bool tag = false;
        std::string id;
        std::string text;
    };
    [[nodiscard]] const Object* at_offset(std::uint64_t offset) const;
    [[nodiscard]] const Object* of_id(std::string_view id) const;
    [[nodiscard]] std::string id_of(const Object& object) const;
    // Of a commit the ids of its parents, of a tag that of the tagged object; an empty one stands for what is
    // malformed.
    [[nodiscard]] std::vector<std::string_view> parents_of(const Object& object) const;

    std::size_t id_bytes_;
    PackObject current_;
    std::string content_;  // of the current one, inflated
    std::size_t kept_bytes_ = 0;
    std::size_t steps_ = 0;
    std::vector<Object> objects_;  // by offset, since packs are read in order
    std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace anchorhold::egress
