#include "shield/action/action_record.hpp"

#include <openssl/crypto.h>

namespace anchorhold::action {

Result<Record> make_record(const json::object& facts, const Binding& binding, Table table) {
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
    if (text->size() > kMaxRecord) {
        const Kind* const kind = kind_of(facts, table);
        return fail("make action record", "", 0,
                    "it is too long to be shown to a person (" + std::to_string(text->size()) +
                        " bytes, at most 65536)" + (kind == nullptr ? "" : ": " + std::string(kind->too_long_advice)));
    }
    record.digest = sha256(*text);
    record.canonical = std::move(*text);
    return record;
}

bool same(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace anchorhold::action
