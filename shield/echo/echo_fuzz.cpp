// Whatever stands around it, a secret that is spelled in one of the known ways is found; and the quick reading of a
// text is the careful one.
#include <cstdlib>
#include <string>
#include <vector>

#include "shield/echo/index.hpp"

using namespace anchorhold::echo;

namespace {

std::string spelled(std::string_view secret, unsigned char how) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : secret) {
        const auto byte = static_cast<unsigned char>(c);
        const std::string hex{kDigits[byte >> 4U], kDigits[byte & 15U]};
        switch (how % 7) {
            case 0:
                out += c;
                break;
            case 1:
                out += "%" + hex;
                break;
            case 2:
                out += "\\u00" + hex;
                break;
            case 3:
                out += "&#x" + hex + ";";
                break;
            case 4:
                out += "=" + hex;
                break;
            case 5:
                out += "\\x" + hex;
                break;
            default:
                out += c;
                out += "\r\n";
                break;
        }
        how = static_cast<unsigned char>(how * 5 + byte);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static constexpr std::string_view kSecret = "kq3v%zt&w_9~Xh+Lm";
    static const Index index = [] {
        Index made;
        made.add(kSecret, 0);
        made.seal();
        return made;
    }();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<char> quick(size + kSlack);
    std::vector<char> careful(size + kSlack);
    std::vector<Origin> origins(size);
    const std::size_t length = normalise(text, quick.data());
    if (length > size || length != normalise(text, careful.data(), origins) ||
        std::string_view(quick.data(), length) != std::string_view(careful.data(), length))
        std::abort();
    if (size < 2)
        return 0;
    const std::size_t cut = 1 + data[0] % (size - 1);
    std::string whole(text.substr(1, cut - 1));
    whole += spelled(kSecret, data[0]);
    whole += text.substr(cut);
    if (text.find_first_of("%=&;\\", 1) == text.npos && index.find(whole).size() != 1)
        std::abort();
    return 0;
}
