// A form as it goes by, watched for a field that makes another method of the request (`_method=DELETE`: Rails, Laravel,
// Symfony, Express). It sees names only where a form has them, in pieces of any size, and keeps little.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace anchorhold::egress {

enum class FormKind : std::uint8_t { none, urlencoded, multipart };

// Of a body with this Content-Type, empty for none: Rack takes a body without a type for a form.
[[nodiscard]] FormKind form_kind(std::string_view content_type);

class FormWatch {
  public:
    explicit FormWatch(FormKind kind) : kind_(kind) {}
    // False from the piece on whose bytes complete such a name, which must not be sent.
    [[nodiscard]] bool pass(std::string_view piece);

  private:
    [[nodiscard]] bool pass_pair(char c);
    [[nodiscard]] bool pass_line(char c);
    [[nodiscard]] bool line_is_fine();

    FormKind kind_;
    bool found_ = false;
    bool in_name_ = true;       // urlencoded
    bool disposition_ = false;  // multipart: `kept_` is the beginning of a Content-Disposition that may go on
    std::string kept_;
    std::string line_;
};

}  // namespace anchorhold::egress
