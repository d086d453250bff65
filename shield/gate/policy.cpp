#include "shield/gate/policy.hpp"

#include <cerrno>
#include <charconv>

#include "base/file.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMostSigners = 1024UL * 1024;
constexpr std::size_t kMostSignature = 64UL * 1024;
constexpr std::size_t kMostNumber = 64;

Policy none(std::string reason) {
    return {.accepted = std::nullopt, .text = {}, .reason = std::move(reason)};
}

// Nothing when the file does not exist.
Result<std::optional<std::string>> read_if_there(const std::string& path, std::size_t limit) {
    auto text = read_file(path, limit);
    if (text)
        return std::optional(std::move(*text));
    if (text.error().number == ENOENT)
        return std::optional<std::string>{};
    return std::unexpected(text.error());
}

// A decimal number and at most one newline; 0 when the file does not exist.
Result<std::int64_t> read_number(const std::string& path) {
    const auto text = read_if_there(path, kMostNumber);
    if (!text)
        return std::unexpected(text.error());
    if (!*text)
        return 0;
    std::string_view digits = **text;
    if (digits.ends_with('\n'))
        digits.remove_suffix(1);
    std::int64_t number = -1;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc() || end != digits.data() + digits.size() || number < 0)
        return fail("read number in", path, 0, "it is not one decimal number");
    return number;
}

}  // namespace

Policy take_policy(const PolicySources& sources, std::int64_t now) {
    const std::string memory = sources.state + "/profile-version";
    auto text = read_if_there(sources.credentials + "/anchorhold.profile", profile::kMaxText);
    const auto signature = read_if_there(sources.credentials + "/anchorhold.profile.sig", kMostSignature);
    const auto floor = read_number(sources.credentials + "/anchorhold.profile.floor");
    const auto signers = read_file(sources.allowed_signers, kMostSigners);
    const auto remembered = read_number(memory);
    if (!text || !signature)
        return none((!text ? text : signature).error().text());
    if (!floor || !remembered)
        return none((!floor ? floor : remembered).error().text());
    if (!signers)
        return none(signers.error().text());

    auto accepted = profile::accept({.text = *text,
                                     .signature = *signature,
                                     .allowed_signers = *signers,
                                     .now = std::chrono::sys_seconds(std::chrono::seconds(now)),
                                     .remembered = *remembered,
                                     .floor = *floor});
    if (!accepted)
        return none(accepted.error().error.text());
    const std::int64_t version = accepted->profile.version;
    if (version > *remembered) {
        if (const auto kept = replace_file(memory, std::to_string(version) + "\n", 0600); !kept)
            return none("its version could not be remembered: " + kept.error().text());
    }
    return {.accepted = std::move(*accepted), .text = std::move(**text), .reason = {}};
}

}  // namespace anchorhold::gate
