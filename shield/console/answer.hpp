// Answers to the browser, each with the headers that keep the page to itself.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace anchorhold::console {

struct Answer {
    int status = 200;
    std::string_view content_type;
    std::string_view text;
    std::string_view allow = {};  // with 405
    bool close = false;
    std::string_view cookie = {};  // Set-Cookie
};

// A whole HTTP/1.1 answer. `now` becomes Date.
[[nodiscard]] std::string write_answer(const Answer& answer, std::time_t now);

// The beginning of a stream of events, which ends when the connection does.
[[nodiscard]] std::string write_stream_head(std::time_t now);

// {"error":"sentence"}
[[nodiscard]] std::string error_json(std::string_view sentence);

}  // namespace anchorhold::console
