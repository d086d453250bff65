#include "shield/audit/note.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <charconv>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::audit {
namespace {

constexpr std::uint8_t kEd25519 = 1;
constexpr std::string_view kSignatureStart = "— ";
constexpr std::size_t kSignatureSize = 64;

using Bio = Owned<BIO, BIO_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

// signed-note, "Signatures": the first bytes of SHA-256(name || 0x0A || type || key).
std::array<std::uint8_t, 4> key_id(std::string_view name, ByteView key) {
    const std::uint8_t between[] = {'\n', kEd25519};
    const Digest digest = sha256({as_bytes(name), between, key});
    return {digest[0], digest[1], digest[2], digest[3]};
}

std::unexpected<Error> bad(std::string_view what, std::string_view detail) {
    return fail("read signed note", what, 0, detail);
}

bool right_signature(const VerifierKey& key, std::string_view text, ByteView signature) {
    const Owned<EVP_PKEY, EVP_PKEY_free> public_key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.key.data(), key.key.size()));
    const DigestContext context(EVP_MD_CTX_new());
    return public_key && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), as_bytes(text).data(), text.size()) == 1;
}

}  // namespace

std::string VerifierKey::text() const {
    Bytes typed{kEd25519};
    typed.insert(typed.end(), key.begin(), key.end());
    return name + '+' + to_hex(id) + '+' + to_base64(typed);
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    constexpr std::string_view tried = "read verifier key";
    const auto first = text.find('+');
    const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos || first == 0)
        return fail(tried, text, 0, "it has the form NAME+HEX+BASE64");
    VerifierKey key{.name = std::string(text.substr(0, first))};
    const auto id = from_hex(text.substr(first + 1, second - first - 1));
    const auto typed = from_base64(text.substr(second + 1));
    if (!id || id->size() != key.id.size() || !typed || typed->size() != key.key.size() + 1 || (*typed)[0] != kEd25519)
        return fail(tried, text, 0, "not an Ed25519 key");
    std::ranges::copy(*id, key.id.begin());
    std::copy(typed->begin() + 1, typed->end(), key.key.begin());
    if (key_id(key.name, key.key) != key.id)
        return fail(tried, text, 0, "its name, digits and key do not belong together");
    return key;
}

Result<SigningKey> SigningKey::from(EVP_PKEY* key) {
    SigningKey result;
    result.key_.reset(key);
    std::size_t size = result.verifier_.key.size();
    if (key == nullptr || EVP_PKEY_get_raw_public_key(key, result.verifier_.key.data(), &size) != 1 ||
        size != result.verifier_.key.size())
        return fail("load signing key", "Ed25519", 0, "not a usable key");
    result.verifier_.name = "anchorhold/" + to_hex(ByteView(sha256({result.verifier_.key})).first(8));
    result.verifier_.id = key_id(result.verifier_.name, result.verifier_.key);
    return result;
}

Result<SigningKey> SigningKey::generate() {
    return from(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (!bio)
        return fail("load signing key", "PEM", ENOMEM);
    return from(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

Result<std::string> SigningKey::pem() const {
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return fail("write signing key", "PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

Result<std::string> SigningKey::sign(std::string_view text) const {
    const DigestContext context(EVP_MD_CTX_new());
    std::array<std::uint8_t, kSignatureSize> signature{};
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, as_bytes(text).data(), text.size()) != 1)
        return fail("sign note", verifier_.name);
    Bytes identified(verifier_.id.begin(), verifier_.id.end());
    identified.insert(identified.end(), signature.begin(), signature.end());
    return std::string(text) + '\n' + std::string(kSignatureStart) + verifier_.name + ' ' + to_base64(identified) +
           '\n';
}

Result<std::string_view> open_note(std::string_view note, const VerifierKey& key) {
    // The text may hold empty lines: the signatures follow the last one.
    const auto end = note.rfind("\n\n");
    if (end == std::string_view::npos || !note.ends_with('\n'))
        return bad("text", "no empty line between text and signatures, or the last line is cut off");
    const std::string_view text = note.substr(0, end + 1);
    std::string_view signatures = note.substr(end + 2);
    bool known = false;
    while (!signatures.empty()) {
        const std::string_view line = signatures.substr(0, signatures.find('\n'));
        signatures.remove_prefix(line.size() + 1);
        if (!line.starts_with(kSignatureStart))
            return bad("signature line", "it does not begin with an em dash and a space");
        const std::string_view rest = line.substr(kSignatureStart.size());
        const auto space = rest.find(' ');
        const auto bytes = from_base64(space == std::string_view::npos ? "" : rest.substr(space + 1));
        if (!bytes || bytes->size() < key.id.size() + 1)
            return bad("signature line", "not NAME and base64");
        const ByteView id = ByteView(*bytes).first(key.id.size());
        if (rest.substr(0, space) != key.name || !std::ranges::equal(id, key.id))
            continue;
        const ByteView signature = ByteView(*bytes).subspan(key.id.size());
        if (signature.size() != kSignatureSize || !right_signature(key, text, signature))
            return bad(key.name, "its signature is wrong");
        known = true;
    }
    if (!known)
        return bad(key.name, "this key did not sign it");
    return text;
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
    return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' + to_base64(checkpoint.root) + '\n';
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    constexpr std::string_view tried = "read checkpoint";
    std::array<std::string_view, 3> lines;
    for (auto& line : lines) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos || end == 0)
            return fail(tried, "", 0, "it has origin, size and root, a line each");
        line = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    Checkpoint checkpoint{.origin = std::string(lines[0])};
    const std::string digits(lines[1]);
    const char* last = digits.data() + digits.size();
    const auto [end, problem] = std::from_chars(digits.data(), last, checkpoint.size);
    const bool canonical_number = digits == "0" || !digits.starts_with('0');
    if (problem != std::errc() || end != last || !canonical_number)
        return fail(tried, "size", 0, "not a decimal number");
    const auto root = from_base64(lines[2]);
    if (!root || root->size() != checkpoint.root.size())
        return fail(tried, "root", 0, "not 32 bytes of base64");
    std::ranges::copy(*root, checkpoint.root.begin());
    return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
    const auto text = open_note(note, key);
    if (!text)
        return std::unexpected(text.error());
    auto checkpoint = parse_checkpoint(*text);
    if (checkpoint && checkpoint->origin != key.name)
        return fail("read checkpoint", checkpoint->origin, 0, "it is about another log than " + key.name);
    return checkpoint;
}

Result<std::vector<std::string>> read_notes(std::string_view file) {
    if (!file.empty() && !file.starts_with('"'))
        return std::vector{std::string(file)};
    std::vector<std::string> notes;
    for (std::size_t number = 1; !file.empty(); ++number) {
        const auto end = file.find('\n');
        if (end == std::string_view::npos)
            break;
        const auto note = parse_json(file.substr(0, end));
        if (!note || !note->is_string())
            return bad("line " + std::to_string(number), "not a JSON string");
        notes.emplace_back(note->get_string());
        file.remove_prefix(end + 1);
    }
    return notes;
}

}  // namespace anchorhold::audit
