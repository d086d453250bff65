// HTTP/1.1 bodies: RFC 9112 section 6 and 7.1, incremental, zero-copy. Chunk extensions and trailers are read and
// dropped.
//
//   BodyReader body(head.body);
//   while (true) {
//     auto step = body.next(input);            // input: what has arrived and was not consumed yet
//     input.remove_prefix(step.consumed);
//     pass_on(step.data);                      // content bytes, a view into input; may be empty
//     if (step.state == ReadState::done) break;            // what is left of input belongs to the next message
//     if (step.state == ReadState::refused) …              // body.refusal(); the connection must be closed
//     if (step.consumed == 0) read_more();                 // on end of stream: body.end_of_stream()
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shield/http/http1_head.hpp"
#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

struct BodyStep {
    ReadState state = ReadState::need_more;
    std::size_t consumed = 0;
    std::string_view data;
};

// Refuses: LF without CR, sizes with sign, `0x`, white space before them, more than 16 digits or beyond 2^63-1,
// extensions other than tokens and quoted strings, trailers that are not fields, more than 8 KiB of either. White space
// behind a size or extension is taken. `consumed` 0 with need_more
// means: more bytes than `input` are needed.
class ChunkedDecoder {
  public:
    BodyStep next(std::string_view input);
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    enum class At : std::uint8_t {
        size,
        extension_name,
        extension_value,
        extension_quoted,
        extension_escaped,
        space,  // behind a size or an extension
        size_lf,
        data,
        data_cr,
        data_lf,
        line_start,  // of a trailer field or of the empty line that ends the body
        trailer_name,
        trailer_value,
        trailer_lf,
        last_lf,
        end,
        bad,
    };
    const char* overhead_byte(char c) noexcept;
    BodyStep refuse(std::size_t consumed, const char* sentence);
    At at_ = At::size;
    std::uint8_t digits_ = 0;     // of the size or extension part being read; stops counting at 255
    std::uint16_t overhead_ = 0;  // bytes of the extension or trailer section being read
    std::uint64_t left_ = 0;      // of the chunk
    std::uint64_t total_ = 0;     // wire bytes so far, for the refusal's offset
    Refusal refusal_;
};

class BodyReader {
  public:
    BodyReader() = default;  // of no body: done at once
    explicit BodyReader(BodyFraming framing) noexcept : framing_(framing), left_(framing.length) {}

    BodyStep next(std::string_view input);
    // The peer has closed: done where the body ends with the connection or had ended already, refused (truncated)
    // elsewhere.
    ReadState end_of_stream();
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    BodyFraming framing_;
    std::uint64_t left_ = 0;
    bool finished_ = false;
    ChunkedDecoder chunked_;
    Refusal refusal_;
};

}  // namespace anchorhold::egress
