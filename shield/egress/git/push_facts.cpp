#include "shield/egress/git/push_facts.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <vector>

#include "base/encoding.hpp"
#include "base/freed.hpp"
#include "base/utf8.hpp"
#include "shield/egress/git/wire/commit_log.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxText = 8UL * 1024;  // of a body that a person is shown
constexpr std::size_t kMaxCommitsShown = 20;
constexpr std::size_t kBlock = 16UL * 1024;  // inflates to 16 MiB at the most, then others have their turn
constexpr std::size_t kSha1 = 20;
constexpr std::size_t kSha256 = 32;

class Hash {
  public:
    Hash() { ok_ = context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1; }
    void add(std::string_view bytes) { ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1; }
    [[nodiscard]] Result<std::string> hex() {
        Bytes out(kSha256);
        if (!ok_ || EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1)
            return fail("hash", "held body", EIO);
        return to_hex(out);
    }

  private:
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_{EVP_MD_CTX_new()};
    bool ok_ = false;
};

// The commands first, then the pack, out of one pass over the body.
class PushReading {
  public:
    PushReading() = default;
    PushReading(const PushReading&) = delete;
    PushReading& operator=(const PushReading&) = delete;

    Result<> add(std::string_view bytes) {
        if (pack_) {
            scan(bytes);
            return {};
        }
        start_ += bytes;
        const ReadState state = reader_.read(start_);
        if (state == ReadState::refused)
            return fail("read push", "", EBADMSG, reader_.refusal().sentence);
        if (state == ReadState::need_more)
            return {};
        const PushCommands& commands = reader_.commands();
        const std::size_t id_bytes = commands.capabilities.sha256 ? kSha256 : kSha1;
        log_.emplace(id_bytes);
        pack_.emplace(PackLimits{}, id_bytes, &*log_);
        scan(std::string_view(start_).substr(commands.pack_offset));
        return {};
    }
    Result<json::object> finish(json::object facts) {
        if (!pack_)
            return fail("read push", "", EBADMSG, "the body ends within the command list");
        json::array updates;
        std::vector<std::string_view> tips;
        for (const auto& update : reader_.commands().updates) {
            json::object made{{"ref", update.ref},
                              {"old", update.old_id},
                              {"new", update.new_id},
                              {"kind", profile::to_text(update.kind)}};
            if (update.kind == profile::UpdateKind::update)
                made["fast_forward"] = fast_forward(update);
            if (update.kind != profile::UpdateKind::remove)
                tips.push_back(update.new_id);
            updates.push_back(std::move(made));
        }
        facts["updates"] = std::move(updates);
        facts["commits"] = counted(&PackCounts::commits);
        facts["trees"] = counted(&PackCounts::trees);
        facts["blobs"] = counted(&PackCounts::blobs);
        facts["commits_shown"] = commits_shown(tips);
        return facts;
    }

  private:
    void scan(std::string_view bytes) {
        if (pack_ && !bytes.empty() && scanned_ == ReadState::need_more)
            scanned_ = pack_->feed(as_bytes(bytes));
    }
    [[nodiscard]] bool whole() const { return pack_ && scanned_ == ReadState::done; }
    json::value counted(std::uint32_t PackCounts::* what) {
        if (!reader_.commands().needs_pack)
            return 0;
        return whole() && pack_->counts().exact() ? json::value(pack_->counts().*what) : json::value(nullptr);
    }
    // Null: the pack does not show it. A shallow client's history may end anywhere.
    json::value fast_forward(const RefUpdate& update) {
        if (!whole() || !reader_.commands().shallow.empty())
            return nullptr;
        const Ancestry known = log_->has_ancestor(update.new_id, update.old_id);
        return known == Ancestry::unknown ? json::value(nullptr) : json::value(known == Ancestry::yes);
    }
    json::array commits_shown(std::span<const std::string_view> tips) {
        json::array shown;
        if (!whole())
            return shown;
        const auto text = [](const std::optional<std::string>& line) {
            return line ? json::value(*line) : json::value(nullptr);
        };
        for (const auto& commit : log_->shown(tips, kMaxCommitsShown))
            shown.push_back(
                json::object{{"id", commit.id}, {"subject", text(commit.subject)}, {"author", text(commit.author)}});
        return shown;
    }

    std::string start_;
    ReceivePackReader reader_;
    std::optional<CommitLog> log_;
    std::optional<PackScanner> pack_;  // tells log_
    ReadState scanned_ = ReadState::need_more;
};

Task<Result<json::object>> facts_of(HeldRequest request, const Spool& body, PushReading* push) {
    const auto executor = co_await asio::this_coro::executor;
    json::object facts{{"method", request.method}, {"url", request.url},         {"host", request.host},
                       {"port", request.port},     {"headers", request.headers}, {"body_bytes", body.size()}};
    Hash hash;
    std::string text;
    std::vector<char> block(kBlock);
    for (std::uint64_t at = 0; at < body.size();) {
        const auto size = body.read(at, block);
        if (!size || *size == 0)
            co_return fail("read", "held body", size ? EIO : size.error().number);
        const std::string_view bytes(block.data(), *size);
        hash.add(bytes);
        if (push == nullptr && body.size() <= kMaxText)
            text += bytes;
        if (push != nullptr)
            if (auto ok = push->add(bytes); !ok)
                co_return std::unexpected(std::move(ok.error()));
        at += *size;
        co_await asio::post(executor, asio::use_awaitable_t<Executor>{});
    }
    auto hex = hash.hex();
    if (!hex)
        co_return std::unexpected(std::move(hex.error()));
    facts["body_sha256"] = *hex;
    // Whole or not at all: a part would hide what matters behind it.
    const bool shown = body.size() <= kMaxText && text_utf8(text);
    if (push == nullptr)
        facts["body_text"] = shown ? json::value(text) : json::value(nullptr);
    co_return facts;
}

}  // namespace

Task<Result<json::object>> request_facts(HeldRequest request, const Spool& body) {
    auto facts = co_await facts_of(std::move(request), body, nullptr);
    if (facts)
        (*facts)["kind"] = "http.request";
    co_return facts;
}

Task<Result<json::object>> push_facts(HeldRequest request, std::string repository, const Spool& body) {
    PushReading push;
    auto facts = co_await facts_of(std::move(request), body, &push);
    if (!facts)
        co_return facts;
    (*facts)["kind"] = "git.push";
    (*facts)["repository"] = repository;
    co_return push.finish(std::move(*facts));
}

}  // namespace anchorhold::egress
