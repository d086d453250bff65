// Whether a log is the one that was written: from its files and public keys alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace anchorhold::audit {

struct VerifyRequest {
    std::string directory;
    // The verifier key to believe; empty: the one that lies beside the log, which whoever replaced the log replaced
    // too.
    std::string key;
    // What the witness kept: one checkpoint note, or one JSON string a line as the host's channel gave them. May be
    // empty.
    std::string witness;
};

struct Misfit {
    std::uint64_t record = 0;  // the first that does not fit
    std::string file;          // where it stands, or should
    std::uint64_t line = 0;    // from 1; 0: not in a file
    std::string what;
};

struct VerifyReport {
    std::string log;                // its name
    std::uint64_t records = 0;      // that fit
    std::uint64_t covered = 0;      // by the last checkpoint that fits
    std::uint64_t checkpoints = 0;  // that fit, the witness' included
    std::optional<Misfit> misfit;
};

// An error when the log, the key or the witness' checkpoints cannot be read at all; all else is in the report.
[[nodiscard]] Result<VerifyReport> verify_log(const VerifyRequest& request);

// "ok: 1200 records of anchorhold/…, 1200 covered by 7 checkpoints" or "record 17 (records-….jsonl, line 18): …".
[[nodiscard]] std::string report_text(const VerifyReport& report);

}  // namespace anchorhold::audit
