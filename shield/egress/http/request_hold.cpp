#include "shield/egress/http/request_hold.hpp"

#include <boost/asio/post.hpp>
#include <optional>

#include "shield/egress/http/forward.hpp"
#include "shield/egress/http/held_headers.hpp"
#include "shield/egress/http/kept_head.hpp"
#include "shield/egress/http/request_facts.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr HoldOptions kOptions{.max_body_bytes = 16ULL << 20,
                               .piece_within = kHeldProgress,
                               .between_signs = kHeldPatience,
                               .patience = kHeldPatience,
                               .when_client_leaves = HoldOptions::WhenClientLeaves::keep};

class RequestHold final : public HoldProtocol {
  public:
    RequestHold(Conversation& client, const ServerPeers& servers, const profile::Rule& rule, FormKind form)
        : client_(client),
          servers_(servers),
          rule_(rule),
          form_(form),
          request_{client.method, client.url, client.name, client.port, {}},
          head_(client.input.view().substr(0, client.reader.consumed())) {}

    [[nodiscard]] HoldOptions options() const override { return kOptions; }
    Task<Attempt<>> open_body() override;
    Task<Attempt<json::object>> read_facts(const Spool& spool) override;
    // An HTTP client reads nothing before the answer.
    Task<Attempt<>> begin_waiting() override { co_return Attempt<>{}; }
    Task<Attempt<>> tell_waiting(const ApprovalRequest& /*request*/) override { co_return Attempt<>{}; }
    Task<Attempt<>> tell_still_waiting(const ApprovalRequest& /*request*/) override { co_return Attempt<>{}; }
    Attempt<> prepare_sending() override;
    Task<Attempt<>> record_approved(const ApprovalRequest& request) override;
    Task<bool> send(const Spool& spool, LeasePtr lease, const ApprovalRequest& request) override;
    Task<bool> refuse(const Failure& failure, const ApprovalRequest* request) override;

  private:
    Conversation& client_;
    const ServerPeers& servers_;
    const profile::Rule& rule_;
    FormKind form_;
    HeldRequest request_;
    KeptHead head_;
    Secret room_;  // for the head, once it may go up
};

Task<Attempt<>> RequestHold::open_body() {
    auto headers = held_headers(head_.head(), fields_toward({.profile = *client_.profile,
                                                             .host = client_.name,
                                                             .lease = !rule_.credential.empty(),
                                                             .fields = Fields::held}));
    if (!headers)
        co_return std::unexpected(std::move(headers.error()));
    request_.headers = std::move(*headers);
    if (auto ok = co_await client_.invite_body(); !ok)
        co_return ok;
    client_.take_head();
    co_return Attempt<>{};
}

Task<Attempt<json::object>> RequestHold::read_facts(const Spool& spool) {
    Outgoing watched(spool);
    watched.watch(form_);
    while (form_ != FormKind::none && !watched.done()) {
        if (const auto piece = co_await watched.next(); !piece)
            co_return std::unexpected(piece.error());
        co_await asio::post(client_.peers.executor, kAwait);  // others have their turn
    }
    co_return co_await request_facts(request_, spool);
}

Attempt<> RequestHold::prepare_sending() {
    auto room = OutgoingHead::take_room(head_.size());
    if (!room)
        return std::unexpected(std::move(room.error()));
    room_ = std::move(*room);
    return {};
}

Task<Attempt<>> RequestHold::record_approved(const ApprovalRequest& request) {
    co_return co_await client_.record({.outcome = audit::Outcome::approved, .rule = rule_.id, .request = request.id()},
                                      rule_.credential);
}

Task<bool> RequestHold::send(const Spool& spool, LeasePtr lease, const ApprovalRequest& request) {
    const BodyFraming framing{spool.size() == 0 ? BodyKind::none : BodyKind::length, spool.size()};
    Route route{.profile = client_.profile,
                .host = profile::host_of(*client_.profile, client_.name),
                .port = client_.port,
                .secure = client_.secure,
                .lease = std::move(lease),
                .fields = Fields::held,
                .approved = true,
                .rule = rule_.id};
    auto up = OutgoingHead::write(head_.head(), route, framing, std::move(room_));
    if (!up) {
        servers_.gate.tell(request.id(), {.status = 0, .taken = false, .refused = {}, .text = up.error().reason()});
        co_return co_await client_.refuse(up.error(), {.rule = rule_.id, .request = request.id()});
    }
    Outgoing outgoing(spool);
    const Forwarded done = co_await forward_rest(client_, servers_, std::move(route), *up, outgoing);
    const bool answered = done.status != 0;
    servers_.gate.tell(request.id(), {.status = done.status,
                                      .taken = answered ? std::optional(done.status < 400) : std::nullopt,
                                      .refused = {},
                                      .text = answered ? "" : "upstream gave no answer"});
    co_return done.reusable;
}

Task<bool> RequestHold::refuse(const Failure& failure, const ApprovalRequest* request) {
    // Whoever hangs up again and again on an act that still waits is told like any other refusal, by number.
    const bool nameless = request == nullptr || failure.kind == FailureKind::client_gone;
    const RefusedBy by{.rule = rule_.id, .request = nameless ? std::string_view{} : request->id()};
    if (failure.kind != FailureKind::pending || request == nullptr)
        co_return co_await client_.refuse(failure, by);
    const std::string nobody = request->nobody();
    Failure told = failure;
    told.detail = "pending: request " + request->id() + " waits for approval at " + request->url() + " (" +
                  std::to_string(request->left().count()) + " s left" + (nobody.empty() ? "" : "; " + nobody) +
                  "); send the identical request again to learn the answer";
    co_return co_await client_.refuse(told, by);
}

}  // namespace

Task<bool> hold_request(Conversation& client, const ServerPeers& servers, Holding& holding, const profile::Rule& rule,
                        FormKind form) {
    Body body(client.stream, client.input, client.framing, Sender::client);
    RequestHold protocol(client, servers, rule, form);
    HeldAct act(holding, protocol, {*client.profile, rule, client.secure});
    co_return co_await act.run({}, body, client.stream);
}

}  // namespace anchorhold::egress
