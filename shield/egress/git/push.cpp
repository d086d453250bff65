#include "shield/egress/git/push.hpp"

#include <ranges>
#include <vector>

#include "base/ascii.hpp"
#include "base/controls.hpp"
#include "shield/egress/git/push_hold.hpp"
#include "shield/egress/git/push_refusal.hpp"
#include "shield/egress/git/wire/pkt_line.hpp"
#include "shield/egress/http/failure_answer.hpp"
#include "shield/egress/http/forward.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/http/gunzip.hpp"
#include "shield/profile/decide.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxGzipped = std::size_t{1} << 20;
constexpr std::size_t kMaxInflated = std::size_t{8} << 20;

profile::Decision decide(const profile::Profile& profile, const Conversation& client, const std::string& repository,
                         const PushCommands& commands) {
    if (guard_off("policy"))
        return {profile::Verdict::allow, nullptr, {}};
    std::vector<profile::RefUpdate> updates;
    updates.reserve(commands.updates.size());
    for (const auto& update : commands.updates)
        updates.push_back({update.ref, update.kind});
    return decide(profile, profile::PushRequest{client.name, client.port, repository, updates});
}

// How the client of a malformed push can be told: its first line says so even where the reader took nothing of it.
PushCommands as_announced(std::string_view body) {
    PushCommands made;
    const Pkt first = read_pkt(body);
    const auto nul = first.payload.find('\0');
    const std::string_view list = nul == std::string_view::npos ? std::string_view{} : first.payload.substr(nul + 1);
    for (const auto word : std::views::split(list, ' ')) {
        const std::string_view name(word);
        made.capabilities.report_status |= name == "report-status" || name == "report-status-v2";
        made.capabilities.side_band_64k |= name == "side-band-64k";
    }
    return made;
}

// The head without that field's line.
std::string without(std::string_view head, const Field& field) {
    const auto start = static_cast<std::size_t>(field.name.data() - head.data());
    return std::string(head.substr(0, start)) + std::string(head.substr(head.find('\n', start) + 1));
}

// A gzip'd body, plain and whole.
Task<Attempt<std::string>> inflated(Conversation& client, Body& body) {
    std::string gzipped;
    for (;;) {
        client.stream.within(kProgress);
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty())
            break;
        if (gzipped.size() + piece->size() > kMaxGzipped)
            co_return fail(FailureKind::too_large, "inflate push", "", 0,
                           "a push with a compressed body of more than 1 MiB is not read; send it plain");
        gzipped.append(piece->data(), piece->size());
    }
    auto plain = gunzip(gzipped, kMaxInflated);
    if (!plain)
        co_return fail(plain.error().status == 413 ? FailureKind::too_large : FailureKind::malformed, "inflate push",
                       "", 0, plain.error().sentence);
    co_return std::move(*plain);
}

// As a refused push is told of what went wrong here.
PushRefusal refusal_for(const Failure& failure, std::string_view reason, std::string_view rule) {
    const FailureAnswer told = answer_to(failure.kind);
    return {told.status, {.outcome = told.outcome, .reason = reason, .rule = rule}};
}

Task<bool> answer_probe(Conversation& client, Body& body) {
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece)
            co_return co_await client.refuse(piece.error());
        if (piece->empty())
            break;
    }
    if (!co_await client.record({.outcome = audit::Outcome::allowed, .reason = "git's probe, answered here"}))
        co_return co_await client.answer(503, client.peers.audit.why_not());
    std::string out;
    (void)write_answer(out, 200, "application/x-git-receive-pack-result", "", !client.keep_alive);
    if (!co_await client.stream.write(out))
        co_return false;
    co_return client.keep_alive;
}

}  // namespace

Task<bool> serve_push(Conversation& client, const ServerPeers& servers, Holding& holding, std::string repository) {
    const RequestHead& head = client.reader.head();
    const profile::GitRequest asked{client.name, client.port, repository};
    if (const auto early = decide_git_advertise(*client.profile, asked);
        early.verdict == profile::Verdict::deny && !guard_off("policy"))
        co_return co_await client.refuse(403, {.reason = early.reason});
    const Field* const coding = head.find(FieldId::content_encoding);
    const bool plain = coding == nullptr || equal_ignoring_case(coding->value, "identity");
    const bool gzipped =
        !plain && (equal_ignoring_case(coding->value, "gzip") || equal_ignoring_case(coding->value, "x-gzip"));
    if ((!plain && !gzipped) || head.count(FieldId::content_encoding) > 1)
        co_return co_await client.refuse(
            415, {.reason = "a push with this Content-Encoding cannot be read; send it plain or with gzip"});

    const std::string_view arrived = client.input.view().substr(0, client.reader.consumed());
    const KeptHead kept(gzipped ? without(arrived, *coding) : std::string(arrived));
    if (auto ok = co_await client.invite_body(); !ok)
        co_return co_await client.refuse(ok.error());
    client.take_head();
    Body body(client.stream, client.input, client.framing, Sender::client);
    ReceivePackReader reader;
    std::string first;
    if (gzipped) {
        auto inside = co_await inflated(client, body);
        if (!inside) {
            client.keep_alive = false;
            co_return co_await client.refuse(inside.error());
        }
        first = std::move(*inside);
        client.framing = {first.empty() ? BodyKind::none : BodyKind::length, first.size()};
    }
    bool whole = gzipped;
    for (ReadState state = ReadState::need_more; state != ReadState::done;) {
        if (!whole) {
            client.stream.within(kProgress);
            const auto piece = co_await body.next();
            if (!piece) {
                client.keep_alive = false;
                co_return co_await client.refuse(piece.error());
            }
            first.append(piece->data(), piece->size());
            whole = piece->empty();
        }
        state = reader.read(first);
        if (whole && state == ReadState::need_more)
            co_return co_await refuse_push(
                client, body, as_announced(first),
                {400, {.reason = "the push ends within its command list"}, PushAnswer::Refused::pack});
        if (state == ReadState::refused)
            co_return co_await refuse_push(
                client, body, as_announced(first),
                {reader.refusal().status, {.reason = reader.refusal().sentence}, PushAnswer::Refused::pack});
    }
    const PushCommands& commands = reader.commands();
    if (commands.updates.empty())
        co_return co_await answer_probe(client, body);

    const profile::Decision decision = decide(*client.profile, client, repository, commands);
    const std::string rule = decision.rule == nullptr ? "" : decision.rule->id;
    if (decision.verdict == profile::Verdict::deny)
        co_return co_await refuse_push(client, body, commands, {403, {.reason = decision.reason, .rule = rule}});
    if (!client.peers.audit.ready())
        co_return co_await refuse_push(client, body, commands,
                                       {503, {.reason = client.peers.audit.why_not(), .rule = rule}});
    if (decision.verdict == profile::Verdict::ask)
        co_return co_await hold_push(client, servers, holding,
                                     {kept, repository, commands, first, body, *decision.rule});

    auto route = co_await route_for(client, decision.rule, [&](const profile::Profile& other) {
        return decide(other, client, repository, commands);
    });
    if (!route) {
        const std::string reason = route.error().reason();
        co_return co_await refuse_push(client, body, commands, refusal_for(route.error(), reason, rule));
    }
    route->fields = Fields::push;
    const std::string credential = route->lease ? route->lease->credential : "";
    if (!co_await client.record({.outcome = audit::Outcome::allowed, .rule = rule}, credential))
        co_return co_await refuse_push(client, body, commands,
                                       {503, {.reason = client.peers.audit.why_not(), .rule = rule}});
    auto up = OutgoingHead::write(kept.head(), *route, client.framing);
    if (!up) {
        const std::string reason = up.error().reason();
        co_return co_await refuse_push(client, body, commands, refusal_for(up.error(), reason, rule));
    }
    Outgoing outgoing(body, std::move(first));
    const Forwarded done = co_await forward_rest(client, servers, std::move(*route), *up, outgoing);
    co_return done.reusable;
}

}  // namespace anchorhold::egress
