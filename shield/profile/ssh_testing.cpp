#include "shield/profile/ssh_testing.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/freed.hpp"
#include "shield/message/digest.hpp"
#include "shield/profile/ssh_wire.hpp"

namespace anchorhold::profile {
namespace {

bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;  // NOLINT(cert-env33-c): fixed commands of a test
}

Bytes raw_signature(EVP_PKEY* key, const EVP_MD* digest, const Bytes& data) {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    std::size_t length = 0;
    Bytes out;
    if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &length, data.data(), data.size()) == 1) {
        out.resize(length);
        EVP_DigestSign(context.get(), out.data(), &length, data.data(), data.size());
        out.resize(length);
    }
    return out;
}

void put_mpint(Bytes& out, const BIGNUM* number) {
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    if ((bytes.front() & 0x80) != 0)
        bytes.insert(bytes.begin(), 0);
    put_string(out, bytes);
}

Bytes mpints_of(const Bytes& der) {
    const unsigned char* at = der.data();
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    Bytes out;
    put_mpint(out, ECDSA_SIG_get0_r(pair.get()));
    put_mpint(out, ECDSA_SIG_get0_s(pair.get()));
    return out;
}

}  // namespace

Workshop::Workshop() {
    std::string pattern = (std::filesystem::temp_directory_path() / "profile-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("mkdtemp " + pattern);
    directory_ = pattern;
}

Workshop::~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::filesystem::path Workshop::write(const std::string& name, std::string_view text) {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

std::string Workshop::read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string Workshop::make_key(const std::string& name, const std::string& type, int bits) {
    const auto path = directory_ / name;
    if (!run("ssh-keygen -q -N '' -C '' -t " + type + (bits != 0 ? " -b " + std::to_string(bits) : "") + " -f " +
             path.string()))
        throw std::runtime_error("ssh-keygen -t " + type);
    std::string line = read(path.string() + ".pub");
    return line.substr(0, line.find('\n'));
}

std::string Workshop::sign(const std::string& name, std::string_view text, const std::string& name_space,
                           const std::string& options) {
    const auto path = write("text", text);
    std::filesystem::remove(path.string() + ".sig");
    if (!run("ssh-keygen -Y sign -n " + name_space + " " + options + " -f " + (directory_ / name).string() + " " +
             path.string()))
        throw std::runtime_error("ssh-keygen -Y sign");
    return read(path.string() + ".sig");
}

bool Workshop::verify(std::string_view text, std::string_view signature, std::string_view allowed_signers) {
    return run("ssh-keygen -Y verify -n anchorhold-profile -I alice -f " + write("allowed", allowed_signers).string() +
               " -s " + write("sig", signature).string() + " < " + write("text", text).string());
}

Touched sign_as_security_key(bool ecdsa, std::string_view text, std::string_view name_space, unsigned char flags,
                             std::string_view application) {
    const Owned<EVP_PKEY, EVP_PKEY_free> key(ecdsa ? EVP_EC_gen("P-256")
                                                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const std::string type = ecdsa ? "sk-ecdsa-sha2-nistp256@openssh.com" : "sk-ssh-ed25519@openssh.com";
    Bytes point(133);
    std::size_t length = point.size();
    if (ecdsa)
        EVP_PKEY_get_octet_string_param(key.get(), "pub", point.data(), point.size(), &length);
    else
        EVP_PKEY_get_raw_public_key(key.get(), point.data(), &length);
    point.resize(length);

    Bytes public_key;
    put_string(public_key, as_bytes(type));
    if (ecdsa)
        put_string(public_key, as_bytes("nistp256"));
    put_string(public_key, point);
    put_string(public_key, as_bytes(application));

    Bytes data;
    put_bytes(data, as_bytes("SSHSIG"));
    put_string(data, as_bytes(name_space));
    put_string(data, {});
    put_string(data, as_bytes("sha256"));
    put_string(data, sha256(text));
    Bytes wrapped;
    put_bytes(wrapped, sha256(application));
    wrapped.push_back(flags);
    put_number(wrapped, 7);
    put_bytes(wrapped, sha256({data}));
    const Bytes raw = raw_signature(key.get(), ecdsa ? EVP_sha256() : nullptr, wrapped);

    Bytes inner;
    put_string(inner, as_bytes(type));
    put_string(inner, ecdsa ? mpints_of(raw) : raw);
    inner.push_back(flags);
    put_number(inner, 7);

    Bytes blob;
    put_bytes(blob, as_bytes("SSHSIG"));
    put_number(blob, 1);
    put_string(blob, public_key);
    put_string(blob, as_bytes(name_space));
    put_string(blob, {});
    put_string(blob, as_bytes("sha256"));
    put_string(blob, inner);
    return {type + " " + to_base64(public_key),
            "-----BEGIN SSH SIGNATURE-----\n" + to_base64(blob) + "\n-----END SSH SIGNATURE-----\n"};
}

}  // namespace anchorhold::profile
