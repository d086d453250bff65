// What a request's body toward upstream is made of: bytes already read, then the rest of the client's body or a spool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shield/egress/hold/spool.hpp"
#include "shield/egress/io/input.hpp"
#include "shield/http/form_watch.hpp"

namespace anchorhold::egress {

inline constexpr std::string_view kFormOverride =
    "a field of the form would make another method of this one, which is judged differently; send that instead";

class Outgoing {
  public:
    Outgoing() = default;
    explicit Outgoing(Body& rest, std::string first = {}) : first_(std::move(first)), rest_(&rest) {}
    explicit Outgoing(const Spool& spool) : spool_(&spool) {}

    // A field of the form that makes another method of the request ends it: next() fails with form_override before that
    // goes up.
    void watch(FormKind kind) { watch_ = FormWatch(kind); }

    // Valid until the next call; none at the end. The failure: form_override, or that of the body or the spool.
    Task<Attempt<std::string_view>> next();
    // Nothing is left.
    [[nodiscard]] bool done() const;
    // next() would not wait for the client.
    [[nodiscard]] bool ready() { return (!first_.empty() && !given_) || rest_ == nullptr || rest_->ready(); }
    // None of it was given out yet, so that it can be sent again.
    [[nodiscard]] bool untouched() const { return untouched_; }

  private:
    Task<Attempt<std::string_view>> take();

    FormWatch watch_{FormKind::none};
    bool refused_ = false;
    std::string first_;
    bool given_ = false;
    bool untouched_ = true;
    Body* rest_ = nullptr;
    const Spool* spool_ = nullptr;
    std::uint64_t offset_ = 0;
    std::vector<char> block_;
};

}  // namespace anchorhold::egress
