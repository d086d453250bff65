#include "shield/egress/http/forward.hpp"

#include <array>
#include <cerrno>
#include <span>

#include "shield/egress/credential/incident.hpp"
#include "shield/egress/credential/scrub.hpp"
#include "shield/egress/git/ref_advertisement.hpp"
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

// An error: nothing went back yet.
Task<Result<bool>> relay(Conversation& client, Exchange& exchange, bool offer) {
    static constexpr std::array kDropped{FieldId::content_encoding, FieldId::set_cookie, FieldId::www_authenticate};
    const ResponseHead& answer = exchange.answer();
    Scrubber scrub(index_of(exchange.echoes()));
    Incidents incidents(client, exchange);
    const bool unpacks = exchange.unpacks();
    const bool other_length = offer || unpacks;
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
    if (!co_await incidents.look(scrub.hits()))
        co_return fail("pass on the answer of", client.name, 0, "it held a credential");
    const bool chunked = rewrite.body.kind == BodyKind::chunked;
    bool begun = false;  // some of it has gone back
    // The client must see that it was cut, also where only the connection's end tells the answer's.
    const auto break_off = [&] {
        client.ending = rewrite.body.kind == BodyKind::until_close ? Ending::reset : Ending::torn;
        return false;
    };
    // For a credential in it: told in words as long as nothing has gone back.
    const auto cut = [&]() -> Result<bool> {
        if (begun)
            return break_off();
        return fail("pass on the answer of", client.name, 0, "it held a credential");
    };
    const auto add = [&](std::string_view bytes) {
        if (chunked)
            write_chunk(out, bytes);
        else
            out += bytes;
    };
    if (offer) {
        const auto start = co_await read_push_offer(exchange, scrub, client.name);
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
            co_return fail("read the answer of", client.name, piece.error().number, piece.error().detail);
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

// What ended the exchange from our side, which says more than what the server's connection then said.
struct Fault {
    int status;
    std::string text;
};
std::optional<Fault> own_fault(const Exchange& exchange, const Outgoing& body) {
    if (body.refused())
        return Fault{400, std::string(kFormOverride)};
    if (!exchange.cut().empty())
        return Fault{503, "cut off: " + exchange.cut()};
    if (exchange.body_fault())
        return Fault{body.malformed() ? 400 : 503, exchange.body_fault()->reason()};
    return std::nullopt;
}

}  // namespace

Task<Result<Route>> route_for(Conversation& client, const profile::Rule* rule,
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
    if (!client.secure)
        co_return fail("place credential", rule->credential, 0, "never over a connection without TLS; use https");
    auto lease = co_await client.services.gate.lease(rule->credential, rule->host, rule->id);
    if (!lease)
        co_return std::unexpected(std::move(lease.error()));
    route.lease = std::move(*lease);
    co_return route;
}

Task<bool> forward(Conversation& client, Route route, const std::string& rule, Answered answered, FormKind form) {
    route.identity = answered == Answered::push_offer;
    auto head = OutgoingHead::write(client.reader.head(), route, client.framing);
    if (!head)
        co_return co_await client.answer(503, head.error().text(), rule);
    if (auto ok = co_await client.invite_body(); !ok)
        co_return false;
    client.take_head();
    Body body(client.stream, client.input, client.framing);
    // The head, with a credential perhaps, does not go up before the first chunk is known to be sound.
    if (client.framing.kind == BodyKind::chunked) {
        client.stream.within(kProgress);
        const auto sound = co_await body.prepare();
        if (!sound && !body.malformed())
            co_return false;
        if (!sound)
            co_return co_await client.refuse(400, {.reason = sound.error().reason(), .rule = rule});
    }
    const std::string credential = route.lease ? route.lease->credential : "";
    if (auto ok = co_await client.record({.outcome = audit::Outcome::allowed, .rule = rule}, credential); !ok)
        co_return co_await client.answer(503, client.services.audit.why_not(), rule);
    Outgoing outgoing(body);
    outgoing.watch(form);
    co_return co_await forward_rest(client, std::move(route), *head, outgoing, answered);
}

Task<bool> forward_rest(Conversation& client, Route route, OutgoingHead& head, Outgoing& body, Answered answered) {
    const std::string host = route.host->name;
    client.stream.within({});
    Exchange exchange(client.services, std::move(route));
    const auto started = co_await exchange.start(head, body, client.stream);
    if (started)
        client.answered = exchange.answer().status;
    std::optional<std::string> problem;
    if (!started)
        problem = "cannot reach " + host + ": " + started.error().text();
    else
        problem = exchange.unfit();
    if (!problem) {
        const bool offer = answered == Answered::push_offer && exchange.answer().status < 300;
        const auto relayed = co_await relay(client, exchange, offer);
        if (relayed) {
            // An answer that was cut must not look whole.
            if (!exchange.sent() && client.ending == Ending::orderly)
                client.stream.end_writing();
            co_await exchange.finish(*relayed);
            client.record_end(exchange.end(),
                              client.ending == Ending::orderly ? exchange.cut() : "the answer broke off");
            co_return *relayed&& exchange.sent();
        }
        problem = relayed.error().text();
    }
    const bool no_room = !started && started.error().number == ENOMEM;
    const Fault fault = own_fault(exchange, body).value_or(Fault{no_room ? 503 : 502, *problem});
    if (body.refused()) {
        client.keep_alive = false;
        (void)co_await client.record({.reason = kFormOverride});
    }
    // Before the rest of the upload is read and dropped: afterwards the client may be past listening.
    const bool told = co_await client.say(fault.status, fault.text, {});
    co_await exchange.finish(false);
    client.record_end(exchange.end(), fault.text);
    co_return told&& co_await client.after_answer();
}

}  // namespace anchorhold::egress
