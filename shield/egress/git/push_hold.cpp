#include "shield/egress/git/push_hold.hpp"

#include <cerrno>
#include <optional>

#include "shield/egress/git/push_answer.hpp"
#include "shield/egress/git/push_delivery.hpp"
#include "shield/egress/git/push_facts.hpp"
#include "shield/egress/git/push_refusal.hpp"
#include "shield/egress/http/failure_answer.hpp"
#include "shield/egress/http/held_headers.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

using Afterwards = PushAnswer::Afterwards;

constexpr HoldOptions kOptions{.max_body_bytes = std::uint64_t{1} << 30,
                               .piece_within = kProgress,
                               .between_signs = kSignOfLife,
                               .patience = {},
                               .when_client_leaves = HoldOptions::WhenClientLeaves::withdraw};

std::string in_words(std::chrono::seconds time) {
    const auto minutes = time.count() / 60;
    const auto seconds = time.count() % 60;
    std::string text;
    if (minutes > 0)
        text = std::to_string(minutes) + " min";
    if (seconds > 0 || minutes == 0)
        text += (text.empty() ? "" : " ") + std::to_string(seconds) + " s";
    return text;
}

// A pack of a million objects takes 16 MiB while it is scanned.
constexpr std::size_t kMaxScans = 8;
class Scan {
  public:
    explicit Scan(std::size_t& all) : all_(all) { ++all_; }
    ~Scan() { --all_; }
    Scan(const Scan&) = delete;
    Scan& operator=(const Scan&) = delete;

  private:
    std::size_t& all_;
};

class PushHold final : public HoldProtocol {
  public:
    PushHold(Conversation& client, const ServerPeers& servers, Holding& holding, const HeldPush& push)
        : client_(client),
          servers_(servers),
          holding_(holding),
          push_(push),
          request_{client.method, client.url, client.name, client.port, {}},
          answer_(client, push.commands) {}

    [[nodiscard]] HoldOptions options() const override { return kOptions; }
    // serve_push() has read the commands already.
    Task<Attempt<>> open_body() override { co_return Attempt<>{}; }
    Task<Attempt<json::object>> read_facts(const Spool& spool) override;
    Task<Attempt<>> begin_waiting() override;
    Task<Attempt<>> tell_waiting(const ApprovalRequest& request) override;
    Task<Attempt<>> tell_still_waiting(const ApprovalRequest& request) override;
    Attempt<> prepare_sending() override;
    Task<Attempt<>> record_approved(const ApprovalRequest& request) override;
    Task<bool> send(const Spool& spool, LeasePtr lease, const ApprovalRequest& request) override;
    Task<bool> refuse(const Failure& failure, const ApprovalRequest* request) override;

  private:
    Conversation& client_;
    const ServerPeers& servers_;
    Holding& holding_;
    HeldPush push_;
    HeldRequest request_;
    PushAnswer answer_;
    bool begun_ = false;  // the answer
    Afterwards afterwards_ = Afterwards::stays;
    Secret room_;  // for the head, once it may go up
};

Task<Attempt<json::object>> PushHold::read_facts(const Spool& spool) {
    auto headers = held_headers(push_.head.head(), fields_toward({.profile = *client_.profile,
                                                                  .host = client_.name,
                                                                  .lease = !push_.rule.credential.empty(),
                                                                  .identity = true,
                                                                  .fields = Fields::push}));
    if (!headers)
        co_return std::unexpected(std::move(headers.error()));
    request_.headers = std::move(*headers);
    // Only before a person is asked: what was approved is read again however many others are being read.
    if (!begun_ && holding_.pack_scans >= kMaxScans)
        co_return fail(FailureKind::busy, "hold push", "", EAGAIN,
                       "too many pushes are being read just now; push again");
    const Scan scan(holding_.pack_scans);
    co_return co_await push_facts(request_, push_.repository, spool);
}

Task<Attempt<>> PushHold::begin_waiting() {
    if (!answer_.possible())
        co_return fail(FailureKind::no_push_report, "hold push", "", 0,
                       "a push that must be approved needs git's report-status");
    if (!client_.keep_alive)
        afterwards_ = Afterwards::ends;
    begun_ = true;
    co_return co_await answer_.begin(afterwards_);
}

Task<Attempt<>> PushHold::tell_waiting(const ApprovalRequest& request) {
    if (auto ok = co_await answer_.say("waiting for approval " + request.id() + " at " + request.url() +
                                       " (expires in " + in_words(request.left()) + ")");
        !ok)
        co_return ok;
    if (const std::string nobody = request.nobody(); !nobody.empty())
        if (auto ok = co_await answer_.say(nobody); !ok)
            co_return ok;
    co_return co_await answer_.say(
        "nothing leaves before the answer; if this connection ends without one, nothing was pushed");
}

Task<Attempt<>> PushHold::tell_still_waiting(const ApprovalRequest& request) {
    co_return co_await answer_.say("still waiting, " + in_words(request.left()) + " left");
}

Attempt<> PushHold::prepare_sending() {
    auto room = OutgoingHead::take_room(push_.head.size());
    if (!room)
        return std::unexpected(std::move(room.error()));
    room_ = std::move(*room);
    return {};
}

Task<Attempt<>> PushHold::record_approved(const ApprovalRequest& request) {
    co_return co_await client_.record(
        {.outcome = audit::Outcome::approved, .rule = push_.rule.id, .request = request.id()}, push_.rule.credential);
}

Task<bool> PushHold::send(const Spool& spool, LeasePtr lease, const ApprovalRequest& request) {
    Route route{.profile = client_.profile,
                .host = profile::host_of(*client_.profile, client_.name),
                .port = client_.port,
                .secure = client_.secure,
                .lease = std::move(lease),
                .identity = true,
                .fields = Fields::push,
                .approved = true,
                .rule = push_.rule.id};
    PushDelivery delivery(client_, servers_, answer_, push_.commands, request.id());
    const bool ended = co_await delivery.deliver(push_.head, spool, std::move(route), std::move(room_));
    co_return ended&& afterwards_ == Afterwards::stays;
}

Task<bool> PushHold::refuse(const Failure& failure, const ApprovalRequest* request) {
    const RefusedBy by{.rule = push_.rule.id, .request = request == nullptr ? std::string_view{} : request->id()};
    // Where no report can be read, or the next request's place in the stream is lost, HTTP has the word; where nobody
    // is left to be told, nobody.
    const FailureAnswer told = answer_to(failure.kind);
    if (!begun_ && (push_.body.malformed() || !answer_.possible())) {
        client_.keep_alive = client_.keep_alive && !push_.body.malformed();
        co_return co_await client_.refuse(failure, by);
    }
    const std::string reason = failure.reason();
    (void)co_await client_.record({.outcome = told.outcome, .reason = reason, .rule = by.rule, .request = by.request});
    if (told.status == 0)
        co_return false;
    if (!begun_) {
        afterwards_ = co_await drop_rest(client_, push_.body);
        if (!co_await answer_.begin(afterwards_))
            co_return false;
    }
    const bool heard = (co_await answer_.reject("refused: " + reason)).has_value();
    co_return heard&& afterwards_ == Afterwards::stays;
}

}  // namespace

Task<bool> hold_push(Conversation& client, const ServerPeers& servers, Holding& holding, HeldPush push) {
    PushHold protocol(client, servers, holding, push);
    HeldAct act(holding, protocol, {*client.profile, push.rule, client.secure});
    co_return co_await act.run(push.first, push.body, client.stream);
}

}  // namespace anchorhold::egress
