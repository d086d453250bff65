#include "shield/egress/tls/authority.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/unique_fd.hpp"
#include "shield/egress/io/stream.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/egress/tls/certificate.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxLeaves = 512;

// Appears under its name only when all of it is on disk.
Result<> write_whole(const std::string& path, std::string_view text, mode_t mode) {
    const std::string fresh = path + ".new";
    const UniqueFd fd(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd || fchmod(fd.get(), mode) < 0)
        return fail("create", fresh, errno);
    while (!text.empty()) {
        const ssize_t size = write(fd.get(), text.data(), text.size());
        if (size < 0)
            return fail("write", fresh, errno);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    if (fsync(fd.get()) < 0 || rename(fresh.c_str(), path.c_str()) < 0)
        return fail("put in place", path, errno);
    return {};
}

Result<std::string> read_whole(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return fail("read", path, errno);
    return std::move(text).str();
}

Result<KeyPtr> load_key(const std::string& path) {
    const Owned<BIO, BIO_free> file(BIO_new_file(path.c_str(), "r"));
    KeyPtr key(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!key)
        return fail("read key", path, 0, tls_problem());
    return key;
}

Result<CertificatePtr> load_certificate(const std::string& path) {
    const Owned<BIO, BIO_free> file(BIO_new_file(path.c_str(), "r"));
    CertificatePtr certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!certificate)
        return fail("read certificate", path, 0, tls_problem());
    return certificate;
}

Result<> make(const std::string& key_path, const std::string& certificate_path) {
    const auto key = make_key();
    if (!key)
        return std::unexpected(key.error());
    const auto certificate = make_authority(key->get());
    if (!certificate)
        return std::unexpected(certificate.error());
    auto secret = to_pem(key->get());
    const auto text = to_pem(certificate->get());
    if (!secret || !text)
        return std::unexpected(secret ? text.error() : secret.error());
    // The certificate last: without it the pair counts as never made.
    auto written = write_whole(key_path, *secret, 0600);
    OPENSSL_cleanse(secret->data(), secret->size());
    return written ? write_whole(certificate_path, *text, 0644) : written;
}

}  // namespace

Result<Authority> Authority::open(const std::string& directory) {
    const std::string key_path = directory + "/ca.key";
    const std::string certificate_path = directory + "/ca.pem";
    if (access(certificate_path.c_str(), F_OK) < 0)
        if (auto made = make(key_path, certificate_path); !made)
            return std::unexpected(made.error());
    auto key = load_key(key_path);
    if (!key)
        return std::unexpected(key.error());
    auto certificate = load_certificate(certificate_path);
    if (!certificate)
        return std::unexpected(certificate.error());
    if (X509_check_private_key(certificate->get(), key->get()) != 1)
        return fail("open", directory, 0,
                    "ca.pem and ca.key do not belong together; remove both to make a new authority");
    auto leaf_key = make_key();
    if (!leaf_key)
        return std::unexpected(leaf_key.error());
    return Authority(std::move(*key), std::move(*certificate), std::move(*leaf_key));
}

Result<X509*> Authority::leaf(const std::string& name) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto known = by_name_.find(name); known != by_name_.end()) {
        const auto at = known->second;
        if (now - at->made < kLeafKept) {
            leaves_.splice(leaves_.begin(), leaves_, at);
            return at->certificate.get();
        }
        by_name_.erase(known);
        leaves_.erase(at);
    }
    auto made = make_leaf(name, leaf_key_.get(), certificate_.get(), key_.get());
    if (!made)
        return std::unexpected(made.error());
    leaves_.push_front({name, std::move(*made), now});
    by_name_.emplace(leaves_.front().name, leaves_.begin());
    if (leaves_.size() > kMaxLeaves) {
        by_name_.erase(leaves_.back().name);
        leaves_.pop_back();
    }
    return leaves_.front().certificate.get();
}

Result<> Authority::publish(const std::string& directory, const std::string& roots_file) const {
    if (mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST)
        return fail("create", directory, errno);
    const auto own = to_pem(certificate_.get());
    const auto roots = read_whole(roots_file);
    if (!own || !roots)
        return std::unexpected(own ? roots.error() : own.error());
    if (auto written = write_whole(directory + "/anchorhold-ca.pem", *own, 0644); !written)
        return written;
    return write_whole(directory + "/ca-certificates.crt", *roots + "\n" + *own, 0644);
}

}  // namespace anchorhold::egress
