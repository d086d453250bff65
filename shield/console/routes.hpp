// What the console serves, as a table, and whether a request may have it. Pure: no I/O, fuzzed.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"
#include "shield/message/origins.hpp"

namespace anchorhold::console {

inline constexpr std::size_t kMaxHead = 16UL * 1024;
inline constexpr std::size_t kMaxBody = 64UL * 1024;

enum class Handler : std::uint8_t {
    file,    // `name` of the page's directory
    events,  // the stream of states
    call,    // message `name` to the gatekeeper
};

struct Route {
    std::string_view method;
    std::string_view path;
    Handler handler;
    std::string_view name;
    std::string_view content_type;  // of the answer
    std::string_view why;
};

[[nodiscard]] std::span<const Route> routes() noexcept;

struct Refused {
    int status = 0;
    std::string sentence;         // for a person
    std::string_view allow = {};  // with 405
};

// The route, when Host is ours, the path exists, the method fits, and, for a call, the request comes from our own page
// (Origin, Fetch Metadata), is JSON and is at most kMaxBody long.
[[nodiscard]] std::expected<const Route*, Refused> judge(const egress::RequestHead& head,
                                                         std::span<const Origin> origins);

}  // namespace anchorhold::console
