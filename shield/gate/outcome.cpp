#include "shield/gate/outcome.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::int64_t kHighestStatus = 999;  // three digits are all that egress asks of a status line
constexpr std::size_t kMaxRefused = 20;
constexpr std::size_t kMaxText = 300;
constexpr std::size_t kMaxRef = 4096;
constexpr std::size_t kMaxSentence = 400;

std::unexpected<Error> wrong(std::string_view member) {
    return fail("read outcome", member, 0, "it is missing or malformed");
}

bool is_refused(const json::value& value) {
    if (!value.is_object() || value.get_object().size() != 2)
        return false;
    const auto ref = text_member(value.get_object(), "ref");
    const auto reason = text_member(value.get_object(), "reason");
    return ref && reason && ref->size() <= kMaxRef && reason->size() <= kMaxText && plain_utf8(*ref) &&
           plain_utf8(*reason);
}

}  // namespace

Result<SentOutcome> read_outcome(const json::object& object) {
    const auto status = integer_member(object, "status");
    const auto* taken = object.if_contains("taken");
    const auto refused = array_member(object, "refused");
    const auto text = text_member(object, "text");
    if (object.size() != 4 || !status || *status < 0 || *status > kHighestStatus)
        return wrong("status");
    if (taken == nullptr || !(taken->is_bool() || taken->is_null()))
        return wrong("taken");
    if (!refused || (*refused)->size() > kMaxRefused || !std::ranges::all_of(**refused, is_refused))
        return wrong("refused");
    if (!text || text->size() > kMaxText || !plain_utf8(*text))
        return wrong("text");
    return SentOutcome{.status = *status,
                       .taken = taken->is_bool() ? std::optional(taken->get_bool()) : std::nullopt,
                       .refused = **refused,
                       .text = std::string(*text)};
}

json::object to_json(const SentOutcome& outcome) {
    return {{"status", outcome.status},
            {"taken", outcome.taken ? json::value(*outcome.taken) : json::value(nullptr)},
            {"refused", outcome.refused},
            {"text", outcome.text}};
}

std::string sentence(const SentOutcome& outcome) {
    std::string words = !outcome.taken   ? "what became of it upstream is not known"
                        : *outcome.taken ? "upstream took it"
                                         : "upstream did not take it";
    if (outcome.status != 0)
        words += " (" + std::to_string(outcome.status) + ")";
    std::string_view separator = ": ";
    const auto add = [&](const std::string& more) {
        if (words.size() + separator.size() + more.size() > kMaxSentence)
            return;
        words.append(separator).append(more);
        separator = "; ";
    };
    if (!outcome.text.empty())
        add(outcome.text);
    for (const auto& each : outcome.refused)
        add(std::string(text_member(each.get_object(), "ref").value_or("")) + ": " +
            std::string(text_member(each.get_object(), "reason").value_or("")));
    return words;
}

}  // namespace anchorhold::gate
