// What every incremental reader of egress answers, and why it refused.
#pragma once

#include <cstddef>
#include <string>

namespace anchorhold::egress {

enum class ReadState {
    need_more,  // not an error yet: call again with more bytes
    done,
    refused,  // final: refusal() says why; nothing of this message may be acted upon
};

struct Refusal {
    int status = 0;  // the HTTP status to answer the client with: 400, 405, 413, 414, 415, 417, 431, 501, 502, 505
    std::string sentence;    // what is wrong and what to do next, without a full stop; ASCII, no bytes of the peer but
                             // names already checked
    std::size_t offset = 0;  // in bytes from the start of what was read
};

}  // namespace anchorhold::egress
