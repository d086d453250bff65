// The hash tree over the log's records (RFC 6962, section 2.1), kept as the few subtrees that the next leaf needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shield/message/digest.hpp"

namespace anchorhold::audit {

// SHA-256(0x00 || record).
[[nodiscard]] Digest leaf_hash(std::string_view record);

class MerkleTree {
  public:
    MerkleTree() = default;
    // Nothing when the number of subtrees is not the one that a tree of this size has.
    static std::optional<MerkleTree> restore(std::uint64_t size, std::vector<Digest> subtrees);

    void append(const Digest& leaf);
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Digest root() const;
    // The roots of the complete subtrees, largest first: at most 64.
    [[nodiscard]] const std::vector<Digest>& subtrees() const { return subtrees_; }

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> subtrees_;
};

}  // namespace anchorhold::audit
