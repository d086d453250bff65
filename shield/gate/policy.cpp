#include "shield/gate/policy.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMaxSigners = 1024UL * 1024;
constexpr std::size_t kMaxSignature = 64UL * 1024;
constexpr std::size_t kMaxNumber = 64;
constexpr std::size_t kMaxMemory = 128;

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

std::string_view without_newline(std::string_view text) {
    return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

std::optional<std::int64_t> parse_number(std::string_view digits) {
    std::int64_t number = -1;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc() || end != digits.data() + digits.size() || number < 0)
        return std::nullopt;
    return number;
}

// A decimal number and at most one newline; 0 when the file does not exist.
Result<std::int64_t> read_number(const std::string& path) {
    const auto text = read_if_there(path, kMaxNumber);
    if (!text)
        return std::unexpected(text.error());
    const std::optional<std::string>& digits = *text;
    if (!digits)
        return 0;
    if (const auto number = parse_number(without_newline(*digits)))
        return *number;
    return fail("read number in", path, 0, "it is not one decimal number");
}

// What remember() wrote; version 0 when the file does not exist.
Result<profile::Remembered> recall(const std::string& path) {
    const auto text = read_if_there(path, kMaxMemory);
    if (!text)
        return std::unexpected(text.error());
    const std::optional<std::string>& kept = *text;
    if (!kept)
        return profile::Remembered{};
    const auto line = without_newline(*kept);
    const auto space = std::min(line.find(' '), line.size());
    const auto version = parse_number(line.substr(0, space));
    const auto digest = from_hex(line.substr(std::min(space + 1, line.size())));
    profile::Remembered had;
    if (!version || !digest || digest->size() != had.digest.size())
        return fail("read", path, 0, "it is not a version and a SHA-256; only an emptied state disk forgets it");
    had.version = *version;
    std::ranges::copy(*digest, had.digest.begin());
    return had;
}

Result<> remember(const std::string& path, const profile::Profile& profile) {
    return replace_file(path, std::to_string(profile.version) + ' ' + to_hex(profile.digest) + '\n', 0600);
}

}  // namespace

Policy take_policy(const PolicySources& sources, std::int64_t now) {
    const std::string memory = sources.state + "/profile-version";
    auto text = read_if_there(sources.credentials + "/anchorhold.profile", profile::kMaxText);
    const auto signature = read_if_there(sources.credentials + "/anchorhold.profile.sig", kMaxSignature);
    const auto floor = read_number(sources.credentials + "/anchorhold.profile.floor");
    const auto signers = read_file(sources.allowed_signers, kMaxSigners);
    const auto remembered = recall(memory);
    if (!text || !signature)
        return none((!text ? text : signature).error().text());
    if (!floor || !remembered)
        return none((!floor ? floor.error() : remembered.error()).text());
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
    if (accepted->profile.version > remembered->version) {
        if (const auto kept = remember(memory, accepted->profile); !kept)
            return none("its version could not be remembered: " + kept.error().text());
    }
    return {.accepted = std::move(*accepted), .text = std::move(*text).value_or(""), .reason = {}};
}

}  // namespace anchorhold::gate
