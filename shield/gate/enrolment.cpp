#include "shield/gate/enrolment.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>

#include "base/file.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMaxState = 1024UL * 1024;
constexpr std::string_view kUsed = "This enrolment code was used already. Start the workstation with a new one.";

std::unexpected<Error> refused(std::string_view sentence) {
    return fail("register passkey", "code", 0, sentence);
}

}  // namespace

int bits_of_code(std::string_view code) {
    constexpr std::size_t kLeastLetters = 8;
    std::string letters;
    std::ranges::copy_if(code, std::back_inserter(letters), [](char c) { return c != '-' && c != ' '; });
    const std::set<char> different(letters.begin(), letters.end());
    if (different.size() < kLeastLetters)
        return 0;
    const auto all = [&](auto&& fits) { return std::ranges::all_of(letters, fits); };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    // Hundredths of a bit, rounded down.
    int each = 655;
    if (all(digit))
        each = 332;
    else if (all([&](char c) { return digit(c) || (c >= 'a' && c <= 'f'); }) ||
             all([&](char c) { return digit(c) || (c >= 'A' && c <= 'F'); }))
        each = 400;
    else if (all([&](char c) { return digit(c) || lower(c); }) || all([&](char c) { return digit(c) || upper(c); }))
        each = 500;
    else if (all([&](char c) { return digit(c) || lower(c) || upper(c) || c == '_'; }))
        each = 595;
    return static_cast<int>(letters.size()) * each / 100;
}

Enrolment Enrolment::load(std::string_view code, const std::string& state_file) {
    Enrolment made;
    if (code.ends_with('\n'))
        code.remove_suffix(1);
    made.given_ = !code.empty();
    made.code_ = sha256(code);
    made.file_ = state_file;
    if (made.given_ && bits_of_code(code) < kLeastBits)
        made.broken_ =
            "the host's enrolment code is too easy to guess; give one of at least 100 random bits, such as "
            "26 hexadecimal digits";
    const auto text = read_file(state_file, kMaxState);
    if (!text) {
        if (text.error().number != ENOENT)
            made.broken_ = text.error().text();
        return made;
    }
    const auto value = parse_json(*text);
    const auto spent =
        value && value->is_object() ? array_member(value->get_object(), "spent") : std::unexpected(Error{});
    if (!spent || !std::ranges::all_of(**spent, [](const json::value& digest) { return digest.is_string(); })) {
        made.broken_ = state_file + " is malformed";
        return made;
    }
    for (const auto& digest : **spent)
        made.spent_.emplace_back(std::string_view(digest.get_string()));
    return made;
}

Result<> Enrolment::save() const {
    json::array spent;
    for (const auto& digest : spent_)
        spent.emplace_back(digest);
    const auto text = canonical(json::object{{"spent", std::move(spent)}});
    return text ? replace_file(file_, *text, 0600) : std::unexpected(text.error());
}

Result<> Enrolment::check(std::string_view code) const {
    if (!broken_.empty())
        return refused("No passkey can be registered: " + broken_ + ".");
    if (!given_)
        return refused("The host gave no enrolment code. Start the workstation with one.");
    const Digest given = sha256(code);
    if (CRYPTO_memcmp(given.data(), code_.data(), code_.size()) != 0)
        return refused("Wrong code.");
    if (spent())
        return refused(kUsed);
    return {};
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
