#include "shield/egress/credential/echo_forms.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace anchorhold::egress {
namespace {

// How many of its characters stand for nine bytes of the secret or more, whatever the alignment.
constexpr std::size_t kInBase64 = 12;
constexpr std::size_t kInBase64OfBase64 = 18;
constexpr std::size_t kInHex = 24;
constexpr std::size_t kInHexAndBase64 = 24;  // either of the other
constexpr std::size_t kInHexOfHex = 48;

struct Form {
    Secret text;
    echo::Coding coding;
};

// Behind `before` bytes of something else, of the base64 text only the characters made of the secret's bits alone.
Secret inner_base64(const Secret& secret, std::size_t before) {
    Secret plain(before, '\0');
    append(plain, view(secret));
    const Secret text = base64_of(plain);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = plain.size() * 8 / 6;
    Secret out;
    append(out, view(text).substr(first, end - first));
    return out;
}

Secret hex(const Secret& secret, std::string_view digits) {
    Secret out;
    out.reserve(2 * secret.size());
    for (const char c : secret) {
        out.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
        out.push_back(digits[static_cast<unsigned char>(c) & 0x0FU]);
    }
    return out;
}

void add_base64(std::vector<Form>& forms, const Secret& of, echo::Coding coding) {
    for (std::size_t before = 0; before < 3; ++before)
        forms.push_back({inner_base64(of, before), coding});
}

// The letters' case and the alphabet of base64 matter only to what is encoded once more.
std::vector<Form> once(const Secret& secret) {
    std::vector<Form> forms;
    add_base64(forms, secret, {kInBase64, 1});
    for (std::size_t i = 0; i < 3; ++i) {
        Form other = forms[i];
        std::ranges::replace(other.text, '+', '-');
        std::ranges::replace(other.text, '/', '_');
        if (other.text != forms[i].text)
            forms.push_back(std::move(other));
    }
    forms.push_back({hex(secret, "0123456789abcdef"), {kInHex, 0}});
    forms.push_back({hex(secret, "0123456789ABCDEF"), {kInHex, 0}});
    return forms;
}

}  // namespace

void add_echo_forms(echo::Index& index, const Secret& secret, std::uint32_t number) {
    index.add(view(secret), number);
    for (const Form& form : once(secret)) {
        index.add(view(form.text), number, form.coding);
        const bool in_hex = form.coding.width == kInHex;
        const auto around = static_cast<std::uint8_t>(in_hex ? 1 : 3);
        std::vector<Form> twice;
        add_base64(twice, form.text, {in_hex ? kInHexAndBase64 : kInBase64OfBase64, around});
        twice.push_back({hex(form.text, "0123456789abcdef"), {in_hex ? kInHexOfHex : kInHexAndBase64, 2}});
        for (const Form& other : twice)
            index.add(view(other.text), number, other.coding);
    }
}

}  // namespace anchorhold::egress
