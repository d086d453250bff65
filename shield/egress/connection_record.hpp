// What egress tells the auditor of connections that it refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace anchorhold::egress {

// A connection that never became a request; `count` of the kind since the last record.
struct ConnectionRecord {
    std::string_view address;  // where the agent wanted to go
    std::uint16_t port = 0;
    std::string_view name;  // what that address stands for; may be empty
    std::string_view reason;
    std::int64_t count = 1;
};
[[nodiscard]] std::string record_of(const ConnectionRecord& connection);

}  // namespace anchorhold::egress
