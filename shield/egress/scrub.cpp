#include "shield/egress/scrub.hpp"

#include <algorithm>
#include <cstring>

namespace anchorhold::egress {

std::string_view Scrubber::pass(char* chunk, std::size_t size) {
    if (idle())
        return {chunk, size};
    char* text = chunk;
    if (!held_.empty()) {
        joined_.clear();
        joined_.reserve(held_.size() + size);
        joined_.append(held_).append(chunk, size);
        wipe(held_);
        text = joined_.data();
        size = joined_.size();
    }
    overwrite(text, size);
    const std::size_t keep = possible_start({text, size});
    held_.append(text + size - keep, keep);
    return {text, size - keep};
}

std::string_view Scrubber::rest() {
    joined_.swap(held_);
    wipe(held_);
    return joined_;
}

void Scrubber::clean(std::string& text) const {
    overwrite(text.data(), text.size());
}

void Scrubber::overwrite(char* text, std::size_t size) const {
    for (const Secret& pattern : patterns_) {
        char* from = text;
        const char* end = text + size;
        while (void* found = memmem(from, static_cast<std::size_t>(end - from), pattern.data(), pattern.size())) {
            from = static_cast<char*>(found);
            std::fill_n(from, pattern.size(), '*');
            from += pattern.size();
        }
    }
}

// Length of the longest end of the text that a pattern begins with.
std::size_t Scrubber::possible_start(std::string_view text) const {
    std::size_t longest = 0;
    for (const Secret& pattern : patterns_) {
        const std::string_view end = text.substr(text.size() - std::min(text.size(), pattern.size() - 1));
        auto at = end.find(pattern.front());
        while (at != end.npos && end.size() - at > longest && !view(pattern).starts_with(end.substr(at)))
            at = end.find(pattern.front(), at + 1);
        if (at != end.npos)
            longest = std::max(longest, end.size() - at);
    }
    return longest;
}

}  // namespace anchorhold::egress
