#include "base/error.hpp"

#include <cstring>

namespace anchorhold {

std::string Error::text() const {
    std::string out = tried;
    if (!object.empty())
        out += " " + object;
    if (number != 0) {
        char buffer[128];
        out += ": ";
        out += strerror_r(number, buffer, sizeof buffer);
        out += " (" + std::to_string(number) + ")";
    }
    if (!detail.empty())
        out += ": " + detail;
    return out;
}

std::unexpected<Error> fail(std::string_view tried, std::string_view object, int number, std::string_view detail) {
    return std::unexpected(Error{std::string(tried), std::string(object), number, std::string(detail)});
}

}  // namespace anchorhold
