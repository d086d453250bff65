#include "shield/egress/http/forward.hpp"

#include <array>
#include <cerrno>
#include <span>

#include "shield/egress/credential/placement.hpp"
#include "shield/egress/http/failure_answer.hpp"
#include "shield/egress/http/incident.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{48} * 1024;  // to write before reading on

Rewrite rewrite_of(const ResponseHead& answer, const Conversation& client, bool keep) {
    Rewrite rewrite;
    rewrite.body = answer.body;
    rewrite.close = !keep;
    const bool bodiless = client.method == "HEAD" || answer.status == 304;
    if (bodiless) {
        if (const auto length = response_content_length(answer); length)
            rewrite.body = {BodyKind::length, *length};
    } else if (answer.body.kind == BodyKind::none) {
        rewrite.zero_length = answer.status != 204;
    } else if (answer.body.kind == BodyKind::chunked) {
        rewrite.body = {client.old ? BodyKind::until_close : BodyKind::chunked, 0};
    }
    return rewrite;
}

// True: the connection can serve another request. The failure: nothing went back yet.
Task<Attempt<bool>> relay(Conversation& client, Exchange& exchange, AnswerStart answer_start) {
    static constexpr std::array kDropped{FieldId::content_encoding, FieldId::set_cookie, FieldId::www_authenticate};
    const ResponseHead& answer = exchange.answer();
    Scrubber scrub(index_of(exchange.echoes()));
    Incidents incidents(client, exchange);
    const bool unpacks = exchange.unpacks();
    const bool other_length = answer_start != nullptr || unpacks;
    // An answer that ends with its connection goes on so, and ends as it ended: whether it is whole only that tells.
    const bool until_close = answer.body.kind == BodyKind::until_close && !other_length;
    const bool endless = other_length || answer.body.kind == BodyKind::chunked;
    const bool keep = client.keep_alive && exchange.sent() && !until_close && !(client.old && endless);
    Rewrite rewrite = rewrite_of(answer, client, keep);
    if (other_length && answer.body.kind != BodyKind::none)
        rewrite.body = {client.old ? BodyKind::until_close : BodyKind::chunked, 0};
    else if (other_length)
        rewrite.body = {};
    const std::span<const FieldId> dropped = kDropped;
    const bool lent = exchange.route().lease != nullptr;
    rewrite.drop = unpacks ? dropped.first(lent ? dropped.size() : 1) : lent ? dropped.subspan(1) : dropped.first(0);
    std::string out;
    (void)write_response(out, answer, rewrite);
    scrub.clean(out);
    const auto held_a_credential = [&] {
        return fail(FailureKind::echoed_credential, "pass on the answer of", client.name, 0, "it held a credential");
    };
    if (!co_await incidents.look(scrub.hits()))
        co_return held_a_credential();
    const bool chunked = rewrite.body.kind == BodyKind::chunked;
    bool begun = false;  // some of it has gone back
    // The client must see that it was cut, also where only the connection's end tells the answer's.
    const auto break_off = [&] {
        client.ending = rewrite.body.kind == BodyKind::until_close ? Ending::reset : Ending::torn;
        return false;
    };
    // For a credential in it: told in words as long as nothing has gone back.
    const auto cut = [&]() -> Attempt<bool> {
        if (begun)
            return break_off();
        return held_a_credential();
    };
    const auto add = [&](std::string_view bytes) {
        if (chunked)
            write_chunk(out, bytes);
        else
            out += bytes;
    };
    if (answer_start != nullptr) {
        const auto start = co_await answer_start(exchange, scrub, client.name);
        if (!start)
            co_return std::unexpected(start.error());
        add(*start);
    }
    DecodedBody& body = exchange.content();
    for (;;) {
        // Nothing waits here for what upstream may say next, the head neither.
        if (!out.empty() && (out.size() >= kWriteBytes || !body.ready())) {
            client.stream.within(kProgress);
            exchange.relaying(client.stream);
            begun = true;
            if (!co_await client.stream.write(out))
                co_return false;
            out.clear();
            client.stream.within({});  // it waits for upstream, which may be silent for long
            exchange.keep_waiting();
        }
        const auto piece = co_await body.next();
        if (!piece && until_close && exchange.ragged()) {
            client.ending = Ending::torn;
            break;
        }
        if (!piece && !begun)
            co_return fail(piece.error().kind, "read the answer of", client.name, piece.error().number,
                           piece.error().detail);
        if (!piece)
            co_return break_off();
        if (piece->empty())
            break;
        const std::string_view goes = scrub.pass(piece->data(), piece->size());
        if (!co_await incidents.look(scrub.hits()))
            co_return cut();
        add(goes);
    }
    add(scrub.rest());
    if (!co_await incidents.look(scrub.hits()))
        co_return cut();
    if (chunked)
        write_last_chunk(out);
    client.stream.within(kProgress);
    exchange.relaying(client.stream);
    if (!co_await client.stream.write(out))
        co_return false;
    co_return keep;
}

// What ended the exchange, in words for the client: of our own side as it is, of the server's with its name before it.
Failure told_as(const Exchange& exchange, const std::string& host, Failure failure, bool started) {
    if (auto own = exchange.own_failure())
        return std::move(*own);
    if (failure.kind == FailureKind::unsearchable_answer)
        return failure;
    if (!started)
        failure.detail = "cannot reach " + host + ": " + failure.text();
    else
        failure.detail = failure.text();
    return failure;
}

}  // namespace

Task<Attempt<Route>> route_for(Conversation& client, const profile::Rule* rule,
                               std::function<profile::Decision(const profile::Profile&)> again) {
    Route route;
    route.again = std::move(again);
    route.profile = client.profile;
    route.host = profile::host_of(*client.profile, client.name);
    route.port = client.port;
    route.secure = client.secure;
    if (rule != nullptr)
        route.rule = rule->id;
    if (rule == nullptr || rule->credential.empty())
        co_return route;
    if (auto ok = may_be_placed(rule->credential, client.secure); !ok)
        co_return std::unexpected(std::move(ok.error()));
    auto lease = co_await client.peers.gate.lease(rule->credential, rule->host, rule->id);
    if (!lease)
        co_return std::unexpected(std::move(lease.error()));
    route.lease = std::move(*lease);
    co_return route;
}

Task<bool> forward(Conversation& client, const ServerPeers& servers, Route route, Forwarding how) {
    route.identity = how.answer_start != nullptr;
    auto head = OutgoingHead::write(client.reader.head(), route, client.framing);
    if (!head)
        co_return co_await client.refuse(head.error(), {.rule = how.rule});
    if (auto ok = co_await client.invite_body(); !ok)
        co_return co_await client.refuse(ok.error(), {.rule = how.rule});
    client.take_head();
    Body body(client.stream, client.input, client.framing, Sender::client);
    // The head, with a credential perhaps, does not go up before the first chunk is known to be sound.
    if (client.framing.kind == BodyKind::chunked) {
        client.stream.within(kProgress);
        if (const auto sound = co_await body.prepare(); !sound)
            co_return co_await client.refuse(sound.error(), {.rule = how.rule});
    }
    const std::string credential = route.lease ? route.lease->credential : "";
    const auto recorded = co_await client.record({.outcome = audit::Outcome::allowed, .rule = how.rule}, credential);
    if (!recorded)
        co_return co_await client.answer(answer_to(recorded.error().kind).status, recorded.error().reason(), how.rule);
    Outgoing outgoing(body);
    outgoing.watch(how.form);
    const Forwarded done = co_await forward_rest(client, servers, std::move(route), *head, outgoing, how.answer_start);
    co_return done.reusable;
}

Task<Forwarded> forward_rest(Conversation& client, const ServerPeers& servers, Route route, OutgoingHead& head,
                             Outgoing& body, AnswerStart answer_start) {
    const std::string host = route.host->name;
    client.stream.within({});
    Exchange exchange(servers, std::move(route));
    Forwarded done;
    const auto started = co_await exchange.start(head, body, client.stream);
    std::optional<Failure> failure;
    if (!started) {
        failure = started.error();
    } else {
        done.status = exchange.answer().status;
        failure = exchange.unfit();
    }
    if (!failure) {
        const bool success = exchange.answer().status < 300;
        const auto relayed = co_await relay(client, exchange, success ? answer_start : nullptr);
        if (relayed) {
            // An answer that was cut must not look whole.
            if (!exchange.sent() && client.ending == Ending::orderly)
                client.stream.end_writing();
            co_await exchange.finish(*relayed);
            client.record_end(exchange.end(),
                              client.ending == Ending::orderly ? exchange.cut() : "the answer broke off");
            done.reusable = *relayed && exchange.sent();
            co_return done;
        }
        failure = relayed.error();
    }
    const Failure told = told_as(exchange, host, std::move(*failure), started.has_value());
    const int status = answer_to(told.kind).status;
    if (told.kind == FailureKind::form_override) {
        client.keep_alive = false;
        (void)co_await client.record({.reason = told.detail});
    }
    // Before the rest of the upload is read and dropped: afterwards the client may be past listening.
    bool heard = false;
    if (status != 0)
        heard = co_await client.say(status, told.reason(), {});
    co_await exchange.finish(false);
    client.record_end(exchange.end(), told.reason());
    if (heard)
        done.reusable = co_await client.after_answer();
    co_return done;
}

}  // namespace anchorhold::egress
