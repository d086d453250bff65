// Whatever is given, in whatever pieces, it ends, and cutting changes nothing.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "shield/http/inflate.hpp"

using namespace anchorhold::egress;

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

std::string unpacked(std::string_view text, std::size_t piece, std::size_t room) {
    Inflater inflater;
    std::string out;
    std::string some(room, '\0');
    for (std::size_t at = 0; at < text.size() && out.size() < kMaxBytes; at += piece) {
        inflater.give(text.substr(at, piece));
        while (inflater.pending() && out.size() < kMaxBytes)
            out.append(some.data(), inflater.next(some));
        if (inflater.broken())
            break;
    }
    return out.substr(0, kMaxBytes / 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string whole = unpacked(text, size + 1, 4096);
    if (!unpacked(text, 3, 512).starts_with(whole.substr(0, std::min(whole.size(), kMaxBytes / 4))))
        std::abort();
    return 0;
}
