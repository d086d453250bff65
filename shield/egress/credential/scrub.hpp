// Takes secrets out of what comes back: every one that the index finds is overwritten with asterisks of the same
// length, also across pieces. Pure. What waits for the next piece, and for how long, is hold_back.hpp's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shield/echo/index.hpp"

namespace anchorhold::egress {

class Scrubber {
  public:
    Scrubber() = default;
    Scrubber(const Scrubber&) = delete;
    Scrubber& operator=(const Scrubber&) = delete;
    ~Scrubber();
    // Null: nothing is looked for.
    explicit Scrubber(std::shared_ptr<const echo::Index> index) : index_(std::move(index)) {}

    [[nodiscard]] bool idle() const { return index_ == nullptr || index_->empty(); }

    // What may go on now: of `chunk` itself (changed in place) or, when bytes were held before, of a text that is kept
    // until the next call.
    [[nodiscard]] std::string_view pass(char* chunk, std::size_t size);
    // What was held; at the end of the body.
    [[nodiscard]] std::string_view rest();

    // A whole text at once.
    void clean(std::string& text);

    // The numbers of the secrets that were found in what has gone on, one for each time.
    [[nodiscard]] const std::vector<std::uint32_t>& hits() const { return hits_; }

  private:
    struct Span {
        std::size_t from = 0;
        std::size_t to = 0;
    };
    // Overwrites what is found in the first `goes` bytes, and remembers what reaches beyond them.
    void blot(char* text, std::size_t size, std::size_t goes);

    std::shared_ptr<const echo::Index> index_;
    // Ordinary memory, wiped: locked memory is for what egress places, and an answer has any length.
    std::string held_;  // as it came
    std::string joined_;
    std::vector<Span> begun_;  // of held_: secrets whose beginning has gone on
    std::vector<std::uint32_t> hits_;
};

}  // namespace anchorhold::egress
