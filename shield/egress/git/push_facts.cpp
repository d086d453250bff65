#include "shield/egress/git/push_facts.hpp"

#include <cerrno>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "shield/egress/git/wire/commit_log.hpp"
#include "shield/egress/git/wire/receive_pack.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxCommitsShown = 20;
constexpr std::size_t kSha1 = 20;
constexpr std::size_t kSha256 = 32;

// The commands first, then the pack, out of one pass over the body.
class PushReading final : public BodyListener {
  public:
    Attempt<> add(std::string_view bytes) override {
        if (pack_) {
            scan(bytes);
            return {};
        }
        start_ += bytes;
        const ReadState state = reader_.read(start_);
        if (state == ReadState::refused)
            return fail(FailureKind::malformed, "read push", "", EBADMSG, reader_.refusal().sentence);
        if (state == ReadState::need_more)
            return {};
        const PushCommands& commands = reader_.commands();
        const std::size_t id_bytes = commands.capabilities.sha256 ? kSha256 : kSha1;
        log_.emplace(id_bytes);
        pack_.emplace(PackLimits{}, id_bytes, &*log_);
        scan(std::string_view(start_).substr(commands.pack_offset));
        return {};
    }
    Attempt<json::object> finish(json::object facts) {
        if (!pack_)
            return fail(FailureKind::malformed, "read push", "", EBADMSG, "the body ends within the command list");
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

}  // namespace

Task<Attempt<json::object>> push_facts(HeldRequest request, std::string repository, const Spool& body) {
    PushReading push;
    auto facts = co_await body_facts(std::move(request), body, push);
    if (!facts)
        co_return facts;
    (*facts)["kind"] = "git.push";
    (*facts)["repository"] = repository;
    co_return push.finish(std::move(*facts));
}

}  // namespace anchorhold::egress
