#include "shield/audit/merkle.hpp"

#include <bit>
#include <utility>

namespace anchorhold::audit {
namespace {

constexpr std::uint8_t kLeaf = 0;
constexpr std::uint8_t kNode = 1;

Digest node_hash(const Digest& left, const Digest& right) {
    return sha256({ByteView(&kNode, 1), left, right});
}

}  // namespace

Digest leaf_hash(std::string_view record) {
    return sha256({ByteView(&kLeaf, 1), as_bytes(record)});
}

std::optional<MerkleTree> MerkleTree::restore(std::uint64_t size, std::vector<Digest> subtrees) {
    if (subtrees.size() != static_cast<std::size_t>(std::popcount(size)))
        return std::nullopt;
    MerkleTree tree;
    tree.size_ = size;
    tree.subtrees_ = std::move(subtrees);
    return tree;
}

void MerkleTree::append(const Digest& leaf) {
    Digest whole = leaf;
    // Each bit that carries is a subtree of equal size that this one completes.
    for (std::uint64_t carry = size_; (carry & 1) != 0; carry >>= 1) {
        whole = node_hash(subtrees_.back(), whole);
        subtrees_.pop_back();
    }
    subtrees_.push_back(whole);
    ++size_;
}

Digest MerkleTree::root() const {
    if (subtrees_.empty())
        return sha256(std::string_view());
    Digest root = subtrees_.back();
    for (auto left = subtrees_.rbegin() + 1; left != subtrees_.rend(); ++left)
        root = node_hash(*left, root);
    return root;
}

}  // namespace anchorhold::audit
