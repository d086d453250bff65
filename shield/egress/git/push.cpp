#include "shield/egress/git/push.hpp"

#include <expected>
#include <ranges>
#include <vector>

#include "base/ascii.hpp"
#include "base/controls.hpp"
#include "shield/egress/git/push_answer.hpp"
#include "shield/egress/git/push_hold.hpp"
#include "shield/egress/git/wire/pkt_line.hpp"
#include "shield/egress/http/forward.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/http/gunzip.hpp"
#include "shield/profile/decide.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxDropped = std::uint64_t{1} << 30;
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

// To the body's end; false where it is too long or the client went away.
Task<bool> drop(Conversation& client, Body& body) {
    for (std::uint64_t seen = 0; seen < kMaxDropped;) {
        client.stream.within(kProgress);
        const auto piece = co_await body.next();
        if (!piece)
            co_return false;
        if (piece->empty())
            co_return true;
        seen += piece->size();
    }
    co_return false;
}

// The head without that field's line.
std::string without(std::string_view head, const Field& field) {
    const auto start = static_cast<std::size_t>(field.name.data() - head.data());
    return std::string(head.substr(0, start)) + std::string(head.substr(head.find('\n', start) + 1));
}

// A gzip'd body, plain and whole.
Task<std::expected<std::string, Refusal>> inflated(Conversation& client, Body& body) {
    std::string gzipped;
    for (;;) {
        client.stream.within(kProgress);
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(Refusal{400, piece.error().reason(), 0});
        if (piece->empty())
            co_return gunzip(gzipped, kMaxInflated);
        if (gzipped.size() + piece->size() > kMaxGzipped)
            co_return std::unexpected(Refusal{413,
                                              "a push with a compressed body of more than 1 MiB is not read; "
                                              "send it plain",
                                              0});
        gzipped.append(piece->data(), piece->size());
    }
}

// git shows the reason of a refused ref, but not the text of an HTTP error: it gets 200 and a report wherever it can
// read one. The rest of the pack is taken in first: answered in the midst of it, git posts the rest once more.
Task<bool> refuse_push(Conversation& client, Body& body, PushCommands commands, int status, Judged judged,
                       bool unpack) {
    PushAnswer answer(client, commands);
    if (!answer.possible())
        co_return co_await client.refuse(status, judged);
    (void)co_await client.record(judged);
    const std::string reason(judged.reason);
    const bool whole = co_await drop(client, body);
    const bool last = !whole || !client.keep_alive;
    co_return co_await answer.begin(last) && co_await answer.reject(reason, unpack) && !last;
}

Task<bool> answer_probe(Conversation& client, Body& body) {
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece && !body.malformed())
            co_return false;
        if (!piece)
            co_return co_await client.refuse(400, {.reason = piece.error().reason()});
        if (piece->empty())
            break;
    }
    if (!co_await client.record({.outcome = audit::Outcome::allowed, .reason = "git's probe, answered here"}))
        co_return co_await client.answer(503, client.services.audit.why_not());
    std::string out;
    (void)write_answer(out, 200, "application/x-git-receive-pack-result", "", !client.keep_alive);
    co_return co_await client.stream.write(out) && client.keep_alive;
}

}  // namespace

Task<bool> serve_push(Conversation& client, std::string repository) {
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
        co_return false;
    client.take_head();
    Body body(client.stream, client.input, client.framing);
    ReceivePackReader reader;
    std::string first;
    if (gzipped) {
        auto inside = co_await inflated(client, body);
        if (!inside) {
            client.keep_alive = false;
            co_return co_await client.refuse(inside.error().status, {.reason = inside.error().sentence});
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
                if (!body.malformed())
                    co_return false;
                client.keep_alive = false;
                co_return co_await client.refuse(400, {.reason = piece.error().detail});
            }
            first.append(piece->data(), piece->size());
            whole = piece->empty();
        }
        state = reader.read(first);
        if (whole && state == ReadState::need_more)
            co_return co_await refuse_push(client, body, as_announced(first), 400,
                                           {.reason = "the push ends within its command list"}, true);
        if (state == ReadState::refused)
            co_return co_await refuse_push(client, body, as_announced(first), reader.refusal().status,
                                           {.reason = reader.refusal().sentence}, true);
    }
    const PushCommands& commands = reader.commands();
    if (commands.updates.empty())
        co_return co_await answer_probe(client, body);

    const profile::Decision decision = decide(*client.profile, client, repository, commands);
    const std::string rule = decision.rule == nullptr ? "" : decision.rule->id;
    if (decision.verdict == profile::Verdict::deny)
        co_return co_await refuse_push(client, body, commands, 403, {.reason = decision.reason, .rule = rule}, false);
    if (!client.services.audit.ready())
        co_return co_await refuse_push(client, body, commands, 503,
                                       {.reason = client.services.audit.why_not(), .rule = rule}, false);
    if (decision.verdict == profile::Verdict::ask)
        co_return co_await hold_push(client, kept, repository, commands, std::move(first), body, *decision.rule);

    auto route = co_await route_for(client, decision.rule, [&](const profile::Profile& other) {
        return decide(other, client, repository, commands);
    });
    if (!route)
        co_return co_await refuse_push(client, body, commands, 503, {.reason = route.error().text(), .rule = rule},
                                       false);
    route->fields = Fields::push;
    const std::string credential = route->lease ? route->lease->credential : "";
    if (!co_await client.record({.outcome = audit::Outcome::allowed, .rule = rule}, credential))
        co_return co_await refuse_push(client, body, commands, 503,
                                       {.reason = client.services.audit.why_not(), .rule = rule}, false);
    auto up = OutgoingHead::write(kept.head(), *route, client.framing);
    if (!up)
        co_return co_await refuse_push(client, body, commands, 503, {.reason = up.error().text(), .rule = rule}, false);
    Outgoing outgoing(body, std::move(first));
    co_return co_await forward_rest(client, std::move(*route), *up, outgoing);
}

}  // namespace anchorhold::egress
