// The log's files: records-N.jsonl holds the records from N on, one a line; beside it tree-N.json the tree and the link
// before record N, so that a start reads one segment and not the whole log. Verification never looks at the latter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "shield/audit/log_line.hpp"
#include "shield/audit/merkle.hpp"

namespace anchorhold::audit {

inline constexpr std::string_view kKeyFile = "signing-key.pem";
inline constexpr std::string_view kVerifierFile = "verifier-key";
inline constexpr std::string_view kCheckpointFile = "checkpoints.jsonl";

[[nodiscard]] std::string segment_name(std::uint64_t first);  // "records-00000000000000000000.jsonl"
[[nodiscard]] std::string tree_name(std::uint64_t first);

struct Segment {
    std::uint64_t first = 0;
    std::string path;
};
// In order; what is named otherwise is passed over.
[[nodiscard]] Result<std::vector<Segment>> list_segments(const std::string& directory);

// Lines of a file in pieces of bounded size, so that memory does not grow with the log.
class LineReader {
  public:
    static Result<LineReader> open(const std::string& path);
    // Nothing at the end; the last line may lack its newline, see `finished`. EMSGSIZE for a line beyond
    // kMaxRecord.
    Result<bool> next(std::string_view& line);
    // Whether the line that next() gave ended in a newline.
    [[nodiscard]] bool finished() const { return finished_; }
    // Where the line that next() gave begins in the file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }

  private:
    std::string path_;
    UniqueFd fd_;
    std::string buffer_;
    std::size_t start_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t next_offset_ = 0;
    bool finished_ = false;
};

struct Standing {
    Chain chain;
    MerkleTree tree;
};
[[nodiscard]] Result<std::string> standing_text(const Standing& standing);
[[nodiscard]] Result<Standing> parse_standing(std::string_view text);

}  // namespace anchorhold::audit
