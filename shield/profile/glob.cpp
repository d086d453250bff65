#include "shield/profile/glob.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include "base/ascii.hpp"

namespace anchorhold::profile {
namespace {

// One bit a state; state n means "the first n literal bytes have been seen", so 256 bits hold the longest pattern.
using States = std::array<std::uint64_t, (Glob::kMaxPattern + 1) / 64>;

void set(States& states, std::size_t n) {
    states[n / 64] |= std::uint64_t{1} << (n % 64);
}

bool has(const States& states, std::size_t n) {
    return ((states[n / 64] >> (n % 64)) & 1) != 0;
}

}  // namespace

struct Glob::Automaton {
    std::array<std::uint8_t, 256> class_of{};  // 0 for a byte that the pattern has not
    std::vector<States> reached_by{States{}};  // by class: the states that a byte of it leads into
    States stays_on_slash{};                   // states with a ** before the next literal
    States stays_elsewhere{};                  // states with a * or ** there
    std::size_t last = 0;

    Automaton(std::string_view pattern, Star star);
    [[nodiscard]] bool matches(std::string_view text) const noexcept;
};

Glob::Automaton::Automaton(std::string_view pattern, Star star) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '*') {
            const bool two = i + 1 < pattern.size() && pattern[i + 1] == '*';
            if (two || star == Star::any_run)
                set(stays_on_slash, last);
            if (two)
                ++i;
            set(stays_elsewhere, last);
            continue;
        }
        std::uint8_t& of_byte = class_of[static_cast<unsigned char>(pattern[i])];
        if (of_byte == 0) {
            of_byte = static_cast<std::uint8_t>(reached_by.size());
            reached_by.emplace_back();
        }
        set(reached_by[of_byte], ++last);
    }
}

bool Glob::Automaton::matches(std::string_view text) const noexcept {
    States states{};
    set(states, 0);
    for (const char c : text) {
        const States& reached = reached_by[class_of[static_cast<unsigned char>(c)]];
        const States& stays = c == '/' ? stays_on_slash : stays_elsewhere;
        std::uint64_t carry = 0;
        std::uint64_t alive = 0;
        for (std::size_t word = 0; word < states.size(); ++word) {
            const std::uint64_t before = states[word];
            states[word] = (((before << 1) | carry) & reached[word]) | (before & stays[word]);
            carry = before >> 63;
            alive |= states[word];
        }
        if (alive == 0)
            return false;
    }
    return has(states, last);
}

std::expected<Glob, std::string> Glob::compile(std::string_view written, Case letters, Star star) {
    const std::string folded = letters == Case::any ? lower(written) : std::string(written);
    const std::string_view pattern = folded;
    if (pattern.empty())
        return std::unexpected("is empty");
    if (pattern.size() > kMaxPattern)
        return std::unexpected("is longer than " + std::to_string(kMaxPattern) + " bytes");
    if (pattern.contains("***"))
        return std::unexpected("has ***; write * (stops at /) or ** (does not)");
    for (const char c : pattern) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return std::unexpected("has a control character");
        if (std::string_view("?[]{}\\").contains(c))
            return std::unexpected(std::string("has ") + c + ", which is no wildcard here; only * and ** are");
    }

    Glob glob;
    glob.pattern_ = pattern;
    glob.any_case_ = letters == Case::any;
    const std::size_t first = pattern.find('*');
    if (first == std::string_view::npos)
        return glob;
    glob.wildcard_ = true;
    const bool two = pattern.substr(first).starts_with("**");
    glob.crosses_ = two || star == Star::any_run;
    glob.prefix_ = first;
    glob.suffix_ = first + (two ? 2 : 1);
    if (pattern.find('*', glob.suffix_) != std::string_view::npos)
        glob.automaton_ = std::make_shared<const Automaton>(pattern, star);
    return glob;
}

bool Glob::matches(std::string_view text) const noexcept {
    return any_case_ ? matches_exactly(lower(text)) : matches_exactly(text);
}

bool Glob::matches_exactly(std::string_view text) const noexcept {
    const std::string_view pattern = pattern_;
    if (!wildcard_)
        return text == pattern;
    const std::string_view prefix = pattern.substr(0, prefix_);
    if (!text.starts_with(prefix))
        return false;
    if (automaton_)
        return automaton_->matches(text);
    const std::string_view suffix = pattern.substr(suffix_);
    text.remove_prefix(prefix.size());
    if (!text.ends_with(suffix))
        return false;
    text.remove_suffix(suffix.size());
    return crosses_ || !text.contains('/');
}

}  // namespace anchorhold::profile
