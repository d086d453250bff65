// One line of the log: an event with its place in the chain, as canonical JSON (RFC 8785). The place is OCSF's profile
// record_integrity: attestation_list[0] holds the fingerprint of the record before (prev_event) and the record's own,
// which is the SHA-256 of the record's canonical form without that fingerprint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shield/message/canonical_json.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::audit {

inline constexpr std::size_t kMaxRecord = std::size_t{256} * 1024;

// What the next record says about the one before it.
struct Link {
    std::string uid;
    std::int64_t type_uid = 0;
    Digest fingerprint{};
};

struct Chain {
    std::string uid;         // the log's name
    std::uint64_t next = 0;  // the sequence number of the next record; the first is 0
    std::optional<Link> last;
};

// Appends the record to `out` and moves the chain on; after an error both are as before. `reporter` (who sent it, by
// the kernel's word) becomes metadata.log_provider. What the sender wrote in the auditor's own attributes is dropped.
[[nodiscard]] Result<> seal(std::string& out, json::object event, std::string_view reporter, Chain& chain);

struct Record {
    std::uint64_t sequence = 0;
    std::string chain;
    Link self;
    std::optional<Link> previous;
};

// Reads a line without its newline; an error for what is not canonical, lacks a member or does not have the
// fingerprint that it claims.
[[nodiscard]] Result<Record> read_record(std::string_view line);

// Why `record` cannot follow the chain as it stands; empty when it does, and then the chain moves on.
[[nodiscard]] std::string follow(Chain& chain, const Record& record);

}  // namespace anchorhold::audit
