// A second opinion on HTTP/1.1: what llhttp in strict mode makes of a message, and whether it differs from us. Tests
// and fuzzers only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anchorhold::egress::oracle {

enum class Kind { request, response, response_to_head };

struct Message {
    bool accepted = false;  // whole, and nothing in it refused
    std::string error;      // llhttp's name for what it refused
    std::string method;     // or the status, of a response
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::size_t consumed = 0;
};

// The first message in `wire`; for a body that ends with the connection, all of it.
[[nodiscard]] Message ask_llhttp(Kind kind, std::string_view wire);
[[nodiscard]] Message ask_us(Kind kind, std::string_view wire);

// Empty when both agree on `wire` or we refuse it, and when what we would send on in its place reads the same to both;
// else what differs. Exempt, because we drop or rewrite them: methods llhttp does not know, framing fields among
// trailers. What is sloppy is compared only as we send it on.
[[nodiscard]] std::string difference(Kind kind, std::string_view wire);

}  // namespace anchorhold::egress::oracle
