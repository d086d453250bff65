#include "shield/egress/http/exchange.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <span>

#include "shield/echo/normal_form.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/http/negotiation.hpp"
#include "shield/http/request_names.hpp"

namespace anchorhold::egress {
namespace {

bool has_credential(const profile::Profile& profile, std::string_view host) {
    return std::ranges::any_of(profile.credentials, [&](const profile::Credential& credential) {
        return std::ranges::contains(credential.hosts, host);
    });
}

// What a proxy before the server would say of a client: here it would be the agent's word.
bool is_claim(const Field& field) {
    return field_class(field) == FieldClass::proxy_claim;
}

// With a credential of the operator's one identity acts, not also one that the agent names.
bool is_claim_or_login(const Field& field) {
    const FieldClass kind = field_class(field);
    return kind == FieldClass::proxy_claim || kind == FieldClass::login;
}

// The server's word, told to the agent: named only where no secret fits in.
std::string in_words(std::string_view charset) {
    const bool plain =
        !charset.empty() && charset.size() < echo::kMinSecretBytes &&
        std::ranges::all_of(
            charset, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    return plain ? "the character set \"" + std::string(charset) + "\"" : "a character set that nobody asked for";
}

}  // namespace

Rewrite fields_toward(const Toward& toward) {
    // What git needs of a push first (gitprotocol-http(5); servers know git by its User-Agent), then for any request.
    static constexpr std::array set{SetField{"Content-Type", "application/x-git-receive-pack-request"},
                                    SetField{"Accept", "application/x-git-receive-pack-result"},
                                    SetField{"User-Agent", "git/2.47"}, SetField{"Accept-Encoding", "identity"}};
    static constexpr std::array drop{FieldId::date, FieldId::authorization};
    static constexpr std::array own_login{FieldId::authorization};
    Rewrite rewrite;
    // Also whole: parts of an answer could each hold half of a credential, where the scrub finds neither.
    rewrite.as_it_is = toward.lease || has_credential(toward.profile, toward.host);
    if (toward.fields == Fields::push)
        rewrite.set = set;
    else if (rewrite.as_it_is || toward.identity)
        rewrite.set = std::span(set).last(1);
    rewrite.only_set = toward.fields == Fields::push;
    rewrite.keep = own_login;  // unless it is among the dropped
    const std::size_t dropped = rewrite.as_it_is ? 1 : 0;
    rewrite.drop =
        toward.fields == Fields::held ? std::span(drop).first(1 + dropped) : std::span(drop).subspan(1, dropped);
    rewrite.unwanted = toward.lease ? is_claim_or_login : is_claim;
    return rewrite;
}

Attempt<OutgoingHead> OutgoingHead::write(const RequestHead& head, const Route& route, BodyFraming framing,
                                          Secret room) {
    Rewrite rewrite = fields_toward({.profile = *route.profile,
                                     .host = route.host->name,
                                     .lease = route.lease != nullptr,
                                     .identity = route.identity,
                                     .fields = route.fields});
    rewrite.body = framing;
    rewrite.zero_length = framing.kind == BodyKind::none && (head.explicit_zero_length || head.method == "POST");
    OutgoingHead out;
    out.framing_ = framing;
    out.sharing_ = sharing_of(head.method, framing, route.host->reuse_after_body);
    out.to_head_ = head.method == "HEAD";
    out.repeatable_ = framing.kind == BodyKind::none && (head.method == "GET" || head.method == "HEAD");
    rewrite.close = out.sharing_ != Sharing::shared;  // so that a sound server reads no further
    const std::string authority =
        route.host->name + (route.port == (route.secure ? 443 : 80) ? "" : ":" + std::to_string(route.port));
    if (!write_request(out.plain_, head, authority, rewrite))
        return fail(FailureKind::not_sendable, "write request to", route.host->name, EINVAL);
    out.lease_ = route.lease;
    out.room_ = std::move(room);
    return out;
}

Attempt<Secret> OutgoingHead::take_room(std::size_t head) {
    // What is placed, with its name, and what a rewritten head may be longer than what the client sent.
    constexpr std::size_t kBesides = 8192;
    Secret room;
    try {
        room.reserve(head + kBesides);
    } catch (const std::bad_alloc&) {
        return fail(FailureKind::no_memory, "make room for", "a head with its credential", ENOMEM,
                    "locked memory is used up; try again");
    }
    return room;
}

Attempt<Secret> OutgoingHead::place() {
    Secret whole = std::move(room_);
    try {
        constexpr std::string_view name = "Authorization: ";
        whole.reserve(plain_.size() + name.size() + lease_->authorization.size() + 2);
        append(whole, std::string_view(plain_).substr(0, plain_.size() - 2));
        append(whole, name);
        append(whole, egress::view(lease_->authorization));
        append(whole, "\r\n\r\n");
    } catch (const std::bad_alloc&) {
        return fail(FailureKind::no_memory, "place credential", lease_->credential, ENOMEM,
                    "locked memory is used up; try again");
    }
    return whole;
}

Task<Attempt<>> OutgoingHead::send(Stream& stream) {
    if (!lease_) {
        auto written = co_await stream.write(plain_);
        if (!written)
            co_return fail(FailureKind::unreachable, std::move(written.error()));
        co_return Attempt<>{};
    }
    const auto whole = place();
    if (!whole)
        co_return std::unexpected(whole.error());
    auto written = co_await stream.write(egress::view(*whole));
    if (!written)
        co_return fail(FailureKind::unreachable, std::move(written.error()));
    co_return Attempt<>{};
}

Exchange::Exchange(const ServerPeers& peers, Route route)
    : peers_(peers),
      route_(std::move(route)),
      flow_(peers.flows, {route_.profile, route_.host->name, route_.lease ? route_.lease->credential : "",
                          route_.approved ? nullptr : route_.again}) {}

std::unexpected<Failure> Exchange::was_cut() const {
    return fail(FailureKind::cut_off, "send request to", route_.host->name, ECANCELED, "cut off: " + cut());
}

std::optional<Failure> Exchange::own_failure() const {
    // Nobody may learn of another reason why a form did not go up.
    if (body_failure_ && body_failure_->kind == FailureKind::form_override)
        return body_failure_;
    if (!cut().empty())
        return was_cut().error();
    return body_failure_;
}

Task<Attempt<>> Exchange::start(OutgoingHead& head, Outgoing& body, Stream& client) {
    framing_ = head.framing();
    sharing_ = head.sharing();
    auto echoes = co_await peers_.gate.echoes(route_.profile, route_.host->name);
    if (!echoes)
        co_return std::unexpected(std::move(echoes.error()));
    echoes_ = std::move(*echoes);
    // Lease, body, record and echoes were waited for since it was decided.
    flow_.review(peers_.gate.policy());
    if (route_.lease && peers_.gate.withheld(route_.lease->credential))
        flow_.cut(kWithheld);
    else if (route_.lease && Clock::now() >= route_.lease->until)
        flow_.cut("its credential was lent for a shorter time than the request took to begin; try again");
    if (!cut().empty())
        co_return was_cut();
    const ServerKey server{*route_.host, route_.port, route_.secure, flow_.credential(), route_.profile->digest};
    if (!route_.approved && sharing_ != Sharing::alone)
        connection_ = peers_.upstream.idle(server);
    if (connection_) {
        auto done = co_await attempt(head, body, client);
        // The server may have closed it in the very moment; nothing of an answer means nothing was acted upon.
        if (done || began_ || !head.repeatable() || !body.untouched() || !cut().empty())
            co_return done;
        flow_.server_left();
        end_count();
        connection_.reset();
    }
    auto dialled = co_await peers_.upstream.dial(server);
    if (!dialled)
        co_return std::unexpected(std::move(dialled.error()));
    connection_ = std::move(*dialled);
    co_return co_await attempt(head, body, client);
}

Task<Attempt<>> Exchange::attempt(OutgoingHead& head, Outgoing& body, Stream& client) {
    Stream& stream = connection_->stream;
    flow_.up(stream);
    begin_count();
    if (!cut().empty())
        co_return was_cut();
    stream.set_deadline(kProgress);
    sent_ = body.done();
    if (auto ok = co_await head.send(stream); !ok)
        co_return ok;
    // Most bodies are small and came with the head: no coroutine of their own for them.
    if (!sent_ && framing_.kind == BodyKind::length && body.ready()) {
        const auto first = co_await body.next();
        if (!first) {
            body_failure_ = first.error();
            co_return std::unexpected(first.error());
        }
        if (auto ok = co_await stream.write(*first); !ok)
            co_return fail(FailureKind::unreachable, std::move(ok.error()));
        sent_ = body.done();
    }
    if (!sent_) {
        uploaded_ = std::make_unique<Signal>(peers_.executor);
        uploading_ = true;
        client_ = &client;
        spawn(peers_.executor, upload(body, client));
    } else {
        stream.cancel_with(&client);
    }
    stream.set_deadline(kAnswerWithin);
    co_return co_await read_head(head.to_head());
}

void Exchange::begin_count() {
    written_before_ = connection_->stream.written();
    received_before_ = connection_->stream.received();
}

void Exchange::end_count() {
    end_.bytes_out += connection_->stream.written() - written_before_;
    end_.bytes_in += connection_->stream.received() - received_before_;
}

void Exchange::keep_waiting() {
    connection_->stream.set_deadline(kAnswerWithin);
}

Task<> Exchange::upload(Outgoing& body, Stream& client) {
    Stream& stream = connection_->stream;
    bool upstream_open = true;
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece) {
            // The client broke off: upstream must never take what came for the whole.
            body_failure_ = piece.error();
            stream.interrupt();
            break;
        }
        upstream_open = upstream_open && !discard_;
        std::string_view content = *piece;
        chunk_.clear();
        if (framing_.kind == BodyKind::chunked) {
            if (content.empty())
                write_last_chunk(chunk_);
            else
                write_chunk(chunk_, content);
            content = chunk_;
        }
        if (!discard_)
            client.set_deadline(kProgress);
        if (upstream_open) {
            const auto written = co_await stream.write(content);
            upstream_open = written.has_value();  // else it may have answered early
        }
        if (piece->empty()) {
            sent_ = upstream_open;
            break;
        }
        if (!discard_)
            keep_waiting();
    }
    // It waits for the answer, however much of that (an interim one, a first event) has come.
    if (!discard_) {
        client.set_deadline({});
        stream.cancel_with(&client);
    }
    uploading_ = false;
    uploaded_->set();
}

Task<Attempt<>> Exchange::read_head(bool to_head) {
    Input& input = connection_->input;
    ResponseReader& reader = connection_->reader;
    reader.reset(to_head);
    for (;;) {
        const ReadState state = input.empty() ? ReadState::need_more : reader.read(input.view());
        if (state == ReadState::refused)
            co_return fail(FailureKind::broken_answer, "read the answer of", route_.host->name, EBADMSG,
                           reader.refusal().sentence);
        if (state == ReadState::done) {
            answered_ = reader.head().status >= 200;
            if (answered_)
                co_return Attempt<>{};
            input.consume(reader.consumed());  // interim answers stay here: python takes them for final ones
            reader.reset(to_head);
            continue;
        }
        auto size = co_await input.fill(connection_->stream, input.empty());
        if (!size)
            co_return fail(FailureKind::broken_answer, std::move(size.error()));
        if (*size == 0)
            co_return fail(FailureKind::broken_answer, "read the answer of", route_.host->name, ECONNRESET,
                           "it closed the connection instead");
        began_ = true;
    }
}

bool Exchange::unpacks() const {
    return (echoes_ != nullptr || route_.identity) && coding_of(answer()) == Coding::deflated;
}

std::optional<Failure> Exchange::unfit() const {
    const ResponseHead& head = answer();
    const std::string& host = route_.host->name;
    const auto because = [&](const std::string& why) {
        return fail(FailureKind::unsearchable_answer, "read the answer of", host, 0, why).error();
    };
    // The credential did its work: what upstream says of it is nothing the agent may see, or act upon.
    if (route_.lease && (head.status == 401 || head.status == 407))
        return because(host + " did not accept credential " + route_.lease->credential + " (it answered " +
                       std::to_string(head.status) + "); the operator must renew it");
    if (head.body.kind == BodyKind::none)
        return std::nullopt;
    if ((echoes_ != nullptr || route_.identity) && coding_of(head) == Coding::other)
        return because(host + " sent its answer in an encoding that nobody asked for; it cannot be " +
                       (echoes_ != nullptr ? "searched for credentials" : "read"));
    if (echoes_ == nullptr)
        return std::nullopt;
    if (head.status == 206 || head.status == 226)
        return because(host + " sent a part or a difference although the whole was asked for; it cannot be searched " +
                       "for credentials");
    if (const auto charset = foreign_charset(head))
        return because(host + " answered in " + in_words(*charset) + "; it cannot be searched for credentials");
    return std::nullopt;
}

DecodedBody& Exchange::content() {
    if (!content_) {
        const bool packed = unpacks();
        const BodyFraming framing = connection_->reader.head().body;
        connection_->input.consume(connection_->reader.consumed());
        content_.emplace(connection_->stream, connection_->input, framing, packed);
    }
    return *content_;
}

Task<> Exchange::finish(bool whole) {
    if (connection_)
        connection_->stream.cancel_with(nullptr);
    if (uploading_) {
        // Without an answer nothing more may reach upstream; with one the rest of the request is read and dropped.
        discard_ = true;
        client_->set_deadline(kUploadLinger);
        connection_->stream.interrupt();
        whole = false;
        while (uploading_)
            co_await uploaded_->wait();
    }
    flow_.server_left();
    if (connection_) {
        end_count();
        end_.status = answered_ ? answer().status : 0;
        end_.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_at_).count();
    }
    const bool over =
        whole && cut().empty() && sent_ && answered_ && answer().keep_alive && content_ && content_->done();
    content_.reset();
    if (over && sharing_ == Sharing::shared && connection_->input.empty())
        peers_.upstream.release(std::move(connection_));
    connection_.reset();
}

}  // namespace anchorhold::egress
