// The log on disk: append only, in segments. Nothing counts before commit() has returned; after an error of commit()
// the log stands as before, and the next commit() tries the disk again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "shield/audit/note.hpp"
#include "shield/audit/segments.hpp"

namespace anchorhold::audit {

struct LogLimits {
    std::uint64_t segment_bytes = std::uint64_t{16} * 1024 * 1024;
};

class Log {
  public:
    // Makes key and first segment in an empty directory; else goes on where the log ends. An unfinished last line,
    // which was never acknowledged, is cut off. A log that is shorter than its last checkpoint, does not have that
    // checkpoint's root, or whose key is gone is an error: it is not the log that was written here.
    static Result<Log> open(const std::string& directory, LogLimits limits = {});

    // All the events of one message or none, in memory until commit().
    Result<> append(json::array events, std::string_view reporter);
    Result<> append(json::object event, std::string_view reporter);
    // One write, one fdatasync.
    Result<> commit();
    // Signs what is committed and appends it to the checkpoints; the note. Nothing when nothing is new.
    Result<std::optional<std::string>> checkpoint();

    [[nodiscard]] std::uint64_t size() const { return committed_.tree.size(); }
    [[nodiscard]] std::uint64_t unsigned_records() const { return size() - signed_size_.value_or(0); }
    [[nodiscard]] std::size_t pending_bytes() const { return pending_.size(); }
    [[nodiscard]] std::uint64_t cut_bytes() const { return cut_bytes_; }  // by open()
    [[nodiscard]] const VerifierKey& verifier() const { return key_.verifier(); }
    // fdatasync failed: what the disk holds is unknown. Only a new open() can tell.
    [[nodiscard]] bool lost() const { return lost_; }

  private:
    Log(std::string directory, LogLimits limits, SigningKey key);
    Result<> recover();
    Result<> start_segment();
    Result<> replay(const Segment& segment, const std::optional<Checkpoint>& checked, bool last);
    Result<std::optional<Checkpoint>> last_checkpoint();
    Result<> write_pending();
    [[nodiscard]] std::string path(std::string_view name) const;

    std::string directory_;
    LogLimits limits_;
    SigningKey key_;
    Standing committed_;
    Standing ahead_;       // with what is pending
    std::string pending_;  // whole lines
    UniqueFd segment_;
    std::uint64_t segment_bytes_ = 0;
    UniqueFd checkpoints_;
    std::uint64_t checkpoint_bytes_ = 0;
    std::optional<std::uint64_t> signed_size_;
    std::uint64_t cut_bytes_ = 0;
    bool lost_ = false;
};

}  // namespace anchorhold::audit
