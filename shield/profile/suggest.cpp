#include "shield/profile/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace anchorhold::profile {
namespace {

// Levenshtein distance, one row at a time.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, '?');
    return "\"" + out + "\"";
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    constexpr std::size_t kMaxWordBytes = 80;
    if (word.size() > kMaxWordBytes)
        return {};
    std::string_view best;
    // Two letters that changed places are two edits.
    std::size_t least = word.size() < 4 ? 2 : std::max<std::size_t>(3, 1 + word.size() / 3);
    for (const std::string_view candidate : known) {
        if (candidate.size() > kMaxWordBytes)
            continue;
        if (const std::size_t d = distance(word, candidate); d < least) {
            least = d;
            best = candidate;
        }
    }
    return best.empty() ? std::string{} : "did you mean " + in_quotes(best) + "?";
}

}  // namespace anchorhold::profile
