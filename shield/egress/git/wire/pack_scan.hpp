// Counts what a pack holds without keeping it: gitformat-pack(5). One pass, bounded memory (8 bytes an object and
// zlib's window).
//
//   PackScanner pack({}, id_bytes);
//   pack.feed(bytes) …                        // any split
//   pack.end_of_stream()                      // done, or refused: truncated
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

struct PackLimits {
    std::uint32_t objects = 1'000'000;
    std::uint64_t object_bytes = 256ULL << 20;  // inflated, each
    std::uint64_t total_bytes = 2ULL << 30;     // inflated, all
};

struct PackCounts {
    std::uint32_t version = 0;  // 2 or 3
    std::uint32_t objects = 0;  // as the header says; all seen once done
    std::uint32_t commits = 0, trees = 0, blobs = 0, tags = 0;
    std::uint32_t unknown = 0;         // deltas whose base is not in the pack (thin), so of a type that cannot be told
    std::uint64_t inflated_bytes = 0;  // of all objects; of a delta the delta's own
    std::uint64_t trailer_offset = 0;  // of the pack's checksum from its first byte
    // Otherwise `commits` is a lower bound: some of the unknown may be commits.
    [[nodiscard]] bool exact() const noexcept { return unknown == 0; }
};

enum class PackType : std::uint8_t {
    unknown = 0,
    commit = 1,
    tree = 2,
    blob = 3,
    tag = 4,
    ofs_delta = 6,
    ref_delta = 7
};

struct PackObject {
    std::uint64_t offset = 0;
    PackType type = PackType::unknown;       // a delta has its base's; of a base by id it is unknown
    std::uint64_t size = 0;                  // of what data() will get: of a delta the delta's own
    std::optional<std::uint64_t> base = {};  // of a delta: offset of the object that it is the difference to
};

// Is told of each object on the way, in the pack's order.
class PackObserver {
  public:
    virtual ~PackObserver() = default;
    // Whether data() and end() are wanted for it.
    virtual bool begin(const PackObject& object) = 0;
    virtual void data(ByteView bytes) = 0;
    virtual void end() = 0;  // it was whole
};

class PackScanner {
  public:
    // id_bytes: 20 (SHA-1) or 32 (SHA-256). `observer` must outlive it.
    PackScanner(PackLimits limits, std::size_t id_bytes, PackObserver* observer = nullptr);
    PackScanner(PackScanner&&) noexcept;
    PackScanner& operator=(PackScanner&&) noexcept;
    ~PackScanner();

    // Takes all of `bytes`. done: the trailer is whole (its checksum is the server's to verify). A byte after the
    // trailer is refused.
    ReadState feed(ByteView bytes);
    // The body has ended.
    ReadState end_of_stream();

    [[nodiscard]] const PackCounts& counts() const noexcept;
    // 413: the pack may be sound but is beyond the limits.
    [[nodiscard]] const Refusal& refusal() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace anchorhold::egress
