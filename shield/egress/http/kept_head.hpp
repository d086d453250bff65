// A request's head that outlives its place in the input: a held request is sent long after its bytes have moved on.
#pragma once

#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

class KeptHead {
  public:
    // The bytes of a whole head that a RequestReader took.
    explicit KeptHead(std::string_view bytes) : text_(bytes) { reader_.read(text_); }
    KeptHead(const KeptHead&) = delete;
    KeptHead& operator=(const KeptHead&) = delete;
    [[nodiscard]] const RequestHead& head() const { return reader_.head(); }
    [[nodiscard]] std::size_t size() const { return text_.size(); }

  private:
    std::string text_;
    RequestReader reader_;
};

}  // namespace anchorhold::egress
