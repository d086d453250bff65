#include "shield/audit/log_line.hpp"

#include <algorithm>
#include <vector>

namespace anchorhold::audit {
namespace {

constexpr std::string_view kAttestation = "attestation_list";
constexpr std::string_view kFingerprintStart =
    R"("fingerprint":{"algorithm":"SHA-256","algorithm_id":3,"encoding_id":1,"serialization_id":2,"value":")";
constexpr std::string_view kFingerprintEnd = R"("},)";
constexpr std::size_t kHexSize = 2 * sizeof(Digest);

std::unexpected<Error> refuse(std::string_view object, std::string_view detail) {
    return fail("write record", object, 0, detail);
}

// OCSF's attribute names; for these the order of bytes is the order of UTF-16 code units, too.
bool attribute_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// The chain's uid and the record's uid need no escapes: they are letters, digits, "/" and ":".
void append_attestation(std::string& out, const Chain& chain, std::size_t& fingerprint_at) {
    out.append("\"attestation_list\":[{\"authority_uid\":\"").append(chain.uid);
    out.append("\",\"chain_uid\":\"").append(chain.uid).append("\",");
    fingerprint_at = out.size();
    out.append(kFingerprintStart).append(kHexSize, '0').append(kFingerprintEnd);
    if (chain.last) {
        out.append("\"prev_event\":{").append(kFingerprintStart).append(to_hex(chain.last->fingerprint));
        out.append(kFingerprintEnd).append("\"type_uid\":").append(std::to_string(chain.last->type_uid));
        out.append(",\"uid\":\"").append(chain.last->uid).append("\"},");
    }
    out.append("\"uid\":\"").append(chain.uid).append(":").append(std::to_string(chain.next)).append("\"}]");
}

Result<> append_record(std::string& out, const json::object& event, const Chain& chain, std::size_t& fingerprint_at) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(event.size());
    for (const auto& member : event) {
        if (!attribute_name(member.key()))
            return refuse(member.key(), "not an OCSF attribute name");
        if (member.key() != kAttestation)
            members.push_back(&member);
    }
    std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
    out += '{';
    bool attested = false;
    for (const auto* member : members) {
        if (!attested && std::string_view(member->key()) > kAttestation) {
            append_attestation(out, chain, fingerprint_at);
            out += ',';
            attested = true;
        }
        out.append("\"").append(member->key()).append("\":");
        if (auto ok = append_canonical(out, member->value()); !ok)
            return ok;
        out += ',';
    }
    // metadata is always there, and sorts behind.
    out.back() = '}';
    return {};
}

Result<Digest> digest_member(const json::object& object, std::string_view name) {
    const auto holder = object_member(object, name);
    if (!holder)
        return std::unexpected(holder.error());
    const auto text = text_member(**holder, "value");
    if (!text)
        return std::unexpected(text.error());
    const auto bytes = from_hex(*text);
    Digest digest{};
    if (!bytes || bytes->size() != digest.size())
        return fail("read record", name, 0, "not a SHA-256 in hex");
    std::ranges::copy(*bytes, digest.begin());
    return digest;
}

Result<Link> read_link(const json::object& object) {
    const auto uid = text_member(object, "uid");
    const auto type_uid = integer_member(object, "type_uid");
    const auto fingerprint = digest_member(object, "fingerprint");
    if (!uid || !type_uid || !fingerprint)
        return std::unexpected(!uid ? uid.error() : !type_uid ? type_uid.error() : fingerprint.error());
    return Link{.uid = std::string(*uid), .type_uid = *type_uid, .fingerprint = *fingerprint};
}

// The members that make the record's place; `attestation` is what attestation_list[0] holds.
Result<Record> read_place(const json::object& object, const json::object& attestation) {
    const auto metadata = object_member(object, "metadata");
    if (!metadata)
        return std::unexpected(metadata.error());
    const auto sequence = integer_member(**metadata, "sequence");
    const auto uid = text_member(**metadata, "uid");
    const auto type_uid = integer_member(object, "type_uid");
    const auto chain = text_member(attestation, "chain_uid");
    const auto fingerprint = digest_member(attestation, "fingerprint");
    for (const Error* error :
         {sequence ? nullptr : &sequence.error(), uid ? nullptr : &uid.error(), type_uid ? nullptr : &type_uid.error(),
          chain ? nullptr : &chain.error(), fingerprint ? nullptr : &fingerprint.error()})
        if (error != nullptr)
            return std::unexpected(*error);
    if (*sequence < 0)
        return fail("read record", "metadata.sequence", 0, "negative");
    Record record{.sequence = static_cast<std::uint64_t>(*sequence),
                  .chain = std::string(*chain),
                  .self = {.uid = std::string(*uid), .type_uid = *type_uid, .fingerprint = *fingerprint},
                  .previous = std::nullopt};
    if (attestation.contains("prev_event")) {
        const auto previous = object_member(attestation, "prev_event");
        if (!previous)
            return std::unexpected(previous.error());
        auto link = read_link(**previous);
        if (!link)
            return std::unexpected(link.error());
        record.previous = std::move(*link);
    }
    return record;
}

}  // namespace

Result<> seal(std::string& out, json::object event, std::string_view reporter, Chain& chain) {
    auto* metadata = event.if_contains("metadata");
    if (metadata == nullptr || !metadata->is_object())
        return refuse("metadata", "missing or not an object");
    const auto type_uid = integer_member(event, "type_uid");
    if (!type_uid)
        return std::unexpected(type_uid.error());
    std::string uid = chain.uid + ':' + std::to_string(chain.next);
    auto& facts = metadata->get_object();
    facts["sequence"] = chain.next;
    facts["uid"] = uid;
    facts["log_provider"] = reporter;

    const std::size_t start = out.size();
    std::size_t fingerprint_at = 0;
    auto written = append_record(out, event, chain, fingerprint_at);
    if (written && out.size() - start > kMaxRecord)
        written = refuse(uid, "longer than " + std::to_string(kMaxRecord) + " bytes");
    if (!written) {
        out.resize(start);
        return written;
    }
    // Its own fingerprint is not part of what it is the fingerprint of: it is hashed around, then filled in.
    constexpr std::size_t size = kFingerprintStart.size() + kHexSize + kFingerprintEnd.size();
    const auto bytes = as_bytes(out);
    const Digest fingerprint =
        sha256({bytes.subspan(start, fingerprint_at - start), bytes.subspan(fingerprint_at + size)});
    out.replace(fingerprint_at + kFingerprintStart.size(), kHexSize, to_hex(fingerprint));
    ++chain.next;
    chain.last = Link{.uid = std::move(uid), .type_uid = *type_uid, .fingerprint = fingerprint};
    return {};
}

Result<Record> read_record(std::string_view line) {
    if (line.size() > kMaxRecord)
        return fail("read record", "", EMSGSIZE);
    auto value = parse_json(line);
    if (!value)
        return std::unexpected(value.error());
    if (!value->is_object())
        return fail("read record", "", 0, "not an object");
    if (const auto again = canonical(*value); !again || *again != line)
        return fail("read record", "", 0, "not in canonical form");
    auto& object = value->get_object();
    const auto list = array_member(object, kAttestation);
    if (!list)
        return std::unexpected(list.error());
    if ((*list)->size() != 1 || !(**list)[0].is_object())
        return fail("read record", kAttestation, 0, "not one object");
    auto record = read_place(object, (**list)[0].get_object());
    if (!record)
        return record;
    auto& attestation = object[kAttestation].get_array()[0].get_object();
    // The fingerprint does not cover what is said about itself, so that may be said in one way only.
    const auto claimed = canonical(attestation["fingerprint"]);
    const auto spelled =
        std::string(kFingerprintStart.substr(kFingerprintStart.find('{'))) + to_hex(record->self.fingerprint) + "\"}";
    if (attestation.contains("signatures") || !claimed || *claimed != spelled)
        return fail("read record", "fingerprint", 0, "not of the one kind that this log has");
    attestation.erase("fingerprint");
    const auto hashed = canonical(*value);
    if (!hashed || sha256(*hashed) != record->self.fingerprint)
        return fail("read record", "fingerprint", 0, "the record is not the one that this fingerprint was made of");
    return record;
}

std::string follow(Chain& chain, const Record& record) {
    if (record.chain != chain.uid)
        return "it belongs to the log " + record.chain;
    if (record.sequence != chain.next)
        return "it says that it is record " + std::to_string(record.sequence);
    if (record.previous.has_value() != chain.last.has_value() ||
        (chain.last && (record.previous->fingerprint != chain.last->fingerprint ||
                        record.previous->uid != chain.last->uid || record.previous->type_uid != chain.last->type_uid)))
        return "it was not written behind the record that stands before it";
    ++chain.next;
    chain.last = record.self;
    return {};
}

}  // namespace anchorhold::audit
