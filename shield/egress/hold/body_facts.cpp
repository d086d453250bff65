#include "shield/egress/hold/body_facts.hpp"

#include <openssl/evp.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <vector>

#include "base/encoding.hpp"
#include "base/freed.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kBlock = 16UL * 1024;  // inflates to 16 MiB at the most, then others have their turn
constexpr std::size_t kSha256 = 32;

class Hash {
  public:
    Hash() { ok_ = context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1; }
    void add(std::string_view bytes) { ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1; }
    [[nodiscard]] Attempt<std::string> hex() {
        Bytes out(kSha256);
        if (!ok_ || EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1)
            return fail(FailureKind::storage_failed, "hash", "held body", EIO);
        return to_hex(out);
    }

  private:
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_{EVP_MD_CTX_new()};
    bool ok_ = false;
};

}  // namespace

Task<Attempt<json::object>> body_facts(HeldRequest request, const Spool& body, BodyListener& listener) {
    const auto executor = co_await asio::this_coro::executor;
    json::object facts{{"method", request.method}, {"url", request.url},         {"host", request.host},
                       {"port", request.port},     {"headers", request.headers}, {"body_bytes", body.size()}};
    Hash hash;
    std::vector<char> block(kBlock);
    for (std::uint64_t at = 0; at < body.size();) {
        const auto size = body.read(at, block);
        if (!size)
            co_return std::unexpected(size.error());
        if (*size == 0)
            co_return fail(FailureKind::storage_failed, "read", "held body", EIO);
        const std::string_view bytes(block.data(), *size);
        hash.add(bytes);
        if (auto ok = listener.add(bytes); !ok)
            co_return std::unexpected(std::move(ok.error()));
        at += *size;
        co_await asio::post(executor, asio::use_awaitable_t<Executor>{});
    }
    auto hex = hash.hex();
    if (!hex)
        co_return std::unexpected(std::move(hex.error()));
    facts["body_sha256"] = *hex;
    co_return facts;
}

}  // namespace anchorhold::egress
