#include "init/cell/machine_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/encoding.hpp"
#include "base/file.hpp"

namespace anchorhold::cell {
namespace {

constexpr std::size_t kDigits = 32;
constexpr mode_t kMode = 0444;

}  // namespace

bool is_machine_id(std::string_view text) {
    if (text.size() != kDigits + 1 || text.back() != '\n')
        return false;
    text.remove_suffix(1);
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return std::ranges::all_of(text, is_digit) && text.find_first_not_of('0') != std::string_view::npos;
}

Result<> ensure_machine_id(const std::string& path) {
    const auto kept = read_file(path, kDigits + 1);
    if (kept && is_machine_id(*kept))
        return {};
    std::array<std::uint8_t, kDigits / 2> random{};
    if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        return fail("machine id", path, errno);
    // As of a version 4 UUID, which machine-id(5) asks for.
    random[6] = static_cast<std::uint8_t>((random[6] & 0x0FU) | 0x40U);
    random[8] = static_cast<std::uint8_t>((random[8] & 0x3FU) | 0x80U);
    return replace_file(path, to_hex(random) + "\n", kMode);
}

}  // namespace anchorhold::cell
