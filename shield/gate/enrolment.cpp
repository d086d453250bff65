#include "shield/gate/enrolment.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMostState = 1024UL * 1024;
constexpr std::string_view kUsed = "This enrolment code was used already. Start the workstation with a new one.";

std::unexpected<Error> refused(std::string_view sentence) {
    return fail("register passkey", "code", 0, sentence);
}

}  // namespace

Enrolment Enrolment::load(std::string_view code, const std::string& state_file, std::string_view boot) {
    Enrolment made;
    if (code.ends_with('\n'))
        code.remove_suffix(1);
    made.given_ = !code.empty();
    made.code_ = sha256(code);
    made.file_ = state_file;
    made.boot_ = boot;
    const auto text = read_file(state_file, kMostState);
    if (!text) {
        if (text.error().number != ENOENT)
            made.broken_ = text.error().text();
        return made;
    }
    const auto value = parse_json(*text);
    const bool is_object = value && value->is_object();
    const auto spent = is_object ? array_member(value->get_object(), "spent") : std::unexpected(Error{});
    const auto wrong = is_object ? integer_member(value->get_object(), "wrong") : std::unexpected(Error{});
    const auto in_boot = is_object ? text_member(value->get_object(), "boot") : std::unexpected(Error{});
    if (!spent || !wrong || !in_boot ||
        !std::ranges::all_of(**spent, [](const json::value& digest) { return digest.is_string(); })) {
        made.broken_ = state_file + " is malformed";
        return made;
    }
    for (const auto& digest : **spent)
        made.spent_.emplace_back(std::string_view(digest.get_string()));
    if (*in_boot == boot)
        made.wrong_ = static_cast<int>(std::clamp<std::int64_t>(*wrong, 0, kTries));
    return made;
}

Result<> Enrolment::save() const {
    json::array spent;
    for (const auto& digest : spent_)
        spent.emplace_back(digest);
    const auto text = canonical(json::object{{"boot", boot_}, {"wrong", wrong_}, {"spent", std::move(spent)}});
    return text ? replace_file(file_, *text, 0600) : std::unexpected(text.error());
}

Result<> Enrolment::check(std::string_view code) {
    if (!broken_.empty())
        return refused("No passkey can be registered: " + broken_ + ".");
    if (!given_)
        return refused("The host gave no enrolment code. Start the workstation with one.");
    if (spent())
        return refused(kUsed);
    if (wrong_ >= kTries)
        return refused("Too many wrong codes. Restart the workstation to try again.");
    const Digest given = sha256(code);
    if (CRYPTO_memcmp(given.data(), code_.data(), code_.size()) == 0)
        return {};
    ++wrong_;
    if (const auto saved = save(); !saved)
        broken_ = saved.error().text();
    const int left = kTries - wrong_;
    return refused(left == 0
                       ? "Wrong code, and it was the last try. Restart the workstation to try again."
                       : "Wrong code; " + std::to_string(left) + (left == 1 ? " try is left." : " tries are left."));
}

bool Enrolment::spent() const {
    return std::ranges::contains(spent_, to_hex(code_));
}

Result<> Enrolment::spend() {
    // Another registration with it may have come through since check().
    if (spent())
        return refused(kUsed);
    spent_.push_back(to_hex(code_));
    return save();
}

}  // namespace anchorhold::gate
