#include "shield/http/form_watch.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"
#include "shield/http/request_names.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxName = 128;    // bytes at a name's end; what makes it a method's is within them
constexpr std::size_t kMaxField = 4096;  // of a Content-Disposition; a longer one is refused

// The parameter `name` of a Content-Disposition, in any of the ways to write one.
bool has_method_name(std::string_view field) {
    const std::string small = lower(field);
    for (std::size_t at = small.find("name"); at != std::string::npos; at = small.find("name", at + 1)) {
        if (at > 0 && small[at - 1] >= 'a' && small[at - 1] <= 'z')  // "filename"
            continue;
        std::string_view rest = trim_ows(std::string_view(small).substr(at + 4));
        if (rest.starts_with('*'))
            rest = trim_ows(rest.substr(1));
        if (!rest.starts_with('='))
            continue;
        rest = trim_ows(rest.substr(1));
        if (rest.starts_with('"'))
            rest.remove_prefix(1);
        std::string value(rest.substr(0, rest.find_first_of("\";\r\n")));
        if (const std::size_t charset = value.rfind('\''); charset != std::string::npos)
            value.erase(0, charset + 1);
        std::erase(value, '\\');
        if (!value.empty() && names_method(value))
            return true;
    }
    return false;
}

// What stands before a JSON object's first brace, alone or in an array.
bool begins_json(std::string_view before) {
    const std::size_t first = before.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos || trim_ows(before.substr(first)) == "[";
}

}  // namespace

FormKind form_kind(std::string_view content_type) {
    const std::string_view type = trim_ows(content_type.substr(0, content_type.find_first_of(";,")));
    if (type.empty() || equal_ignoring_case(type, "application/x-www-form-urlencoded"))
        return FormKind::urlencoded;
    return lower(type).starts_with("multipart/") ? FormKind::multipart : FormKind::none;
}

bool FormWatch::pass(std::string_view piece) {
    if (kind_ == FormKind::none)
        return true;
    for (const char c : piece)
        if (!(kind_ == FormKind::urlencoded ? pass_pair(c) : pass_line(c))) {
            found_ = true;
            break;
        }
    return !found_;
}

bool FormWatch::pass_pair(char c) {
    if (c == '&' || c == ';') {
        kept_.clear();
        in_name_ = true;
        return true;
    }
    if (!in_name_)
        return true;
    if (c == '=') {
        in_name_ = false;
        return kept_.empty() || !names_method(kept_);
    }
    if (c == '{' && begins_json(kept_)) {  // curl sends it as a form
        in_name_ = false;
        return true;
    }
    kept_.push_back(c == '+' ? ' ' : c);
    // PHP ends a name there, whatever follows.
    if ((c == '\0' || kept_.ends_with("%00")) && names_method(kept_))
        return false;
    if (kept_.size() > kMaxName)  // whole escapes: half of one would be letters of the name
        kept_.erase(0, kept_.starts_with('%') ? 3 : 1);
    return true;
}

bool FormWatch::pass_line(char c) {
    if (c != '\n') {
        if (line_.size() <= kMaxField)
            line_.push_back(c);
        return true;
    }
    const bool fine = line_is_fine();
    line_.clear();
    return fine;
}

// Lines of files are looked at like all others: only a Content-Disposition counts.
bool FormWatch::line_is_fine() {
    constexpr std::string_view kDisposition = "content-disposition";
    const bool folded = disposition_ && (line_.starts_with(' ') || line_.starts_with('\t'));
    if (!folded)
        kept_.clear();
    disposition_ = folded || equal_ignoring_case(std::string_view(line_).substr(0, kDisposition.size()), kDisposition);
    if (!disposition_)
        return true;
    kept_ += line_;
    return kept_.size() <= kMaxField && !has_method_name(kept_);
}

}  // namespace anchorhold::egress
