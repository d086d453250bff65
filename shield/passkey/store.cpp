#include "shield/passkey/store.hpp"

#include <openssl/rand.h>

#include <cerrno>
#include <limits>

#include "base/file.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::passkey {
namespace {

constexpr std::size_t kMaxBytes = 1024UL * 1024;
constexpr std::size_t kUserHandle = 32;

std::unexpected<Error> malformed(std::string_view detail) {
    return fail("read passkeys", "", 0, detail);
}

Result<Passkey> read_passkey(const json::value& value) {
    if (!value.is_object())
        return malformed("a passkey is not an object");
    const auto& object = value.get_object();
    const auto name = text_member(object, "name");
    const auto id = text_member(object, "id");
    const auto cose = text_member(object, "cose");
    const auto count = integer_member(object, "sign_count");
    const auto created = integer_member(object, "created");
    const auto* eligible = object.if_contains("backup_eligible");
    if (!name || !id || !cose)
        return std::unexpected((!name ? name : !id ? id : cose).error());
    if (!count || !created)
        return std::unexpected((!count ? count : created).error());
    const auto raw_id = from_base64url(*id);
    const auto raw_cose = from_base64url(*cose);
    if (!raw_id || raw_id->empty() || !raw_cose || eligible == nullptr || !eligible->is_bool() || *count < 0 ||
        *count > std::numeric_limits<std::uint32_t>::max() || object.size() != 6)
        return malformed("a passkey's members are not what they should be");
    auto key = parse_cose_key(*raw_cose);
    if (!key)
        return std::unexpected(key.error());
    return Passkey{.name = std::string(*name),
                   .id = *raw_id,
                   .key = std::move(*key),
                   .backup_eligible = eligible->get_bool(),
                   .sign_count = static_cast<std::uint32_t>(*count),
                   .created = *created};
}

}  // namespace

Result<std::string> to_text(const Store& store) {
    json::array passkeys;
    for (const Passkey& passkey : store.passkeys)
        passkeys.push_back(json::object{{"name", passkey.name},
                                        {"id", to_base64url(passkey.id)},
                                        {"cose", to_base64url(passkey.key.cose)},
                                        {"backup_eligible", passkey.backup_eligible},
                                        {"sign_count", passkey.sign_count},
                                        {"created", passkey.created}});
    return canonical(json::object{{"v", 1}, {"user", to_base64url(store.user)}, {"passkeys", std::move(passkeys)}});
}

Result<Store> parse_store(std::string_view text) {
    const auto value = parse_json(text);
    if (!value || !value->is_object())
        return malformed("it is not a JSON object");
    const auto& object = value->get_object();
    const auto version = integer_member(object, "v");
    const auto user = text_member(object, "user");
    const auto passkeys = array_member(object, "passkeys");
    if (!version || !user || !passkeys)
        return std::unexpected(!version ? version.error() : !user ? user.error() : passkeys.error());
    const auto handle = from_base64url(*user);
    if (*version != 1 || !handle || handle->size() != kUserHandle)
        return malformed("its version or its user handle is not what it should be");
    Store store{.user = *handle, .passkeys = {}};
    for (const auto& element : **passkeys) {
        auto passkey = read_passkey(element);
        if (!passkey)
            return std::unexpected(passkey.error());
        store.passkeys.push_back(std::move(*passkey));
    }
    return store;
}

Result<Store> load_store(const std::string& path) {
    const auto text = read_file(path, kMaxBytes);
    if (text)
        return parse_store(*text);
    if (text.error().number != ENOENT)
        return std::unexpected(text.error());
    Store store{.user = Bytes(kUserHandle), .passkeys = {}};
    if (RAND_bytes(store.user.data(), static_cast<int>(store.user.size())) != 1)
        return fail("make a user handle", "", 0, "OpenSSL has no random bytes");
    return store;
}

Result<> save_store(const std::string& path, const Store& store) {
    const auto text = to_text(store);
    if (!text)
        return std::unexpected(text.error());
    return replace_file(path, *text, 0600);
}

}  // namespace anchorhold::passkey
