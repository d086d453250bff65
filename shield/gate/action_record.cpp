#include "shield/gate/action_record.hpp"

#include <openssl/crypto.h>

namespace anchorhold::gate {

Result<Record> make_record(const json::object& facts, const Binding& binding) {
    Record record{.object = facts, .canonical = {}, .digest = {}};
    record.object["v"] = 1;
    record.object["workstation"] = binding.workstation;
    record.object["agent"] = binding.agent;
    record.object["credential"] = binding.credential.empty() ? json::value(nullptr) : json::value(binding.credential);
    record.object["rule"] = binding.rule;
    record.object["profile"] = {
        {"name", binding.profile_name}, {"version", binding.profile_version}, {"digest", binding.profile_digest}};
    record.object["nonce"] = binding.nonce;
    record.object["requested"] = binding.requested;
    record.object["expires"] = binding.expires;
    auto text = canonical(record.object);
    if (!text)
        return std::unexpected(text.error());
    if (text->size() > kMaxRecord)
        return fail("make action record", "", 0,
                    "it is too long to be shown to a person (" + std::to_string(text->size()) +
                        " bytes, at most 65536): push fewer refs at once");
    record.digest = sha256(*text);
    record.canonical = std::move(*text);
    return record;
}

bool same(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string in_short(const json::object& record) {
    constexpr std::size_t longest = 200;
    std::string text;
    if (const auto updates = array_member(record, "updates"); updates && !(*updates)->empty()) {
        const auto& first = (*updates)->front();
        text = "push " + std::string(text_member(record, "repository").value_or("")) + " " +
               std::string(first.is_object() ? text_member(first.get_object(), "ref").value_or("") : "");
        if ((*updates)->size() > 1)
            text += " and " + std::to_string((*updates)->size() - 1) + " more";
    } else {
        text = std::string(text_member(record, "method").value_or("")) + " " +
               std::string(text_member(record, "url").value_or(""));
    }
    if (text.size() <= longest)
        return text;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end) + "…";
}

}  // namespace anchorhold::gate
