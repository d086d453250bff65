#include "shield/egress/credential/scrub.hpp"

#include <algorithm>

#include "shield/egress/credential/hold_back.hpp"
#include "shield/egress/io/secret.hpp"

namespace anchorhold::egress {

Scrubber::~Scrubber() {
    wipe(held_);
    wipe(joined_);
}

std::string_view Scrubber::pass(char* chunk, std::size_t size) {
    if (idle())
        return {chunk, size};
    const std::size_t known = held_.size();
    char* text = chunk;
    if (known > 0) {
        held_.append(chunk, size);
        joined_.swap(held_);
        wipe(held_);
        text = joined_.data();
        size = joined_.size();
    }
    const std::size_t keep = held_back({text, size}, known);
    const std::size_t goes = size - keep;
    held_.assign(text + goes, keep);
    if (goes > 0)
        blot(text, size, goes);
    return {text, goes};
}

std::string_view Scrubber::rest() {
    if (idle())
        return {};
    joined_.swap(held_);
    wipe(held_);
    blot(joined_.data(), joined_.size(), joined_.size());
    return joined_;
}

void Scrubber::clean(std::string& text) {
    if (!idle())
        blot(text.data(), text.size(), text.size());
}

void Scrubber::blot(char* text, std::size_t size, std::size_t goes) {
    std::vector<Span> spans;
    spans.swap(begun_);
    for (const echo::Found& found : index_->find({text, size})) {
        if (found.from >= goes)
            continue;  // it will be found again
        spans.push_back({found.from, found.to});
        hits_.push_back(found.secret);
    }
    for (const Span span : spans) {
        if (span.from < goes)
            std::fill(text + span.from, text + std::min(span.to, goes), '*');
        if (span.to > goes)
            begun_.push_back({span.from > goes ? span.from - goes : 0, span.to - goes});
    }
}

}  // namespace anchorhold::egress
