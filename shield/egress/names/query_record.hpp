// What egress tells the auditor of DNS queries that it refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace anchorhold::egress {

// A query that was refused; `count` of them since the last record about this name.
struct QueryRecord {
    std::string_view name;
    std::uint16_t type = 0;
    std::uint16_t rcode = 0;
    std::string_view reason;
    std::int64_t count = 1;
};
[[nodiscard]] std::string record_of(const QueryRecord& query);

}  // namespace anchorhold::egress
