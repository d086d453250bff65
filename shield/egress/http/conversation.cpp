#include "shield/egress/http/conversation.hpp"

#include <array>
#include <optional>
#include <vector>

#include "shield/egress/http/failure_answer.hpp"
#include "shield/egress/http/refusal_text.hpp"

namespace anchorhold::egress {
namespace {
constexpr std::chrono::seconds kIdle{120};
constexpr std::chrono::seconds kHead{30};  // each piece of a head
constexpr std::chrono::seconds kAnswer{60};
constexpr std::uint64_t kMaxDrained = 1 << 20;
constexpr std::chrono::seconds kLinger{2};
}  // namespace

std::string_view Conversation::target() const {
    return std::string_view(url).substr(url.find('/', url.find("://") + 3));
}

Task<bool> Conversation::next_request() {
    reader.reset();
    stream.set_deadline(kIdle);
    for (;;) {
        const ReadState state = input.empty() ? ReadState::need_more : reader.read(input.view());
        if (state == ReadState::done)
            break;
        if (state == ReadState::refused) {
            method = "-";
            url = (secure ? "https://" : "http://") + name;
            keep_alive = false;
            co_await refuse(reader.refusal().status, {.reason = reader.refusal().sentence});
            co_await drain(kMaxDrained, kLinger);
            co_return false;
        }
        if (!input.empty())
            stream.set_deadline(kHead);
        const auto size = co_await input.fill(stream, input.empty());
        if (!size || *size == 0)
            co_return false;
    }
    head_size_ = reader.consumed();
    const RequestHead& head = reader.head();
    method = head.method;
    url = secure ? "https://" : "http://";
    url += name;
    if (port != (secure ? 443 : 80))
        url += ':' + std::to_string(port);
    url += head.target;
    keep_alive = head.keep_alive;
    old = head.minor_version == 0;
    framing = head.body;
    profile = peers.gate.policy().profile;
    co_return true;
}

Task<Attempt<>> Conversation::invite_body() {
    if (reader.head().expect_continue && framing.kind != BodyKind::none)
        if (auto ok = co_await stream.write("HTTP/1.1 100 Continue\r\n\r\n"); !ok)
            co_return fail(FailureKind::client_gone, std::move(ok.error()));
    co_return Attempt<>{};
}

Task<Attempt<>> Conversation::record(Judged judged, std::string_view credential) {
    judged.policy = profile.get();
    if (judged.outcome == audit::Outcome::allowed || judged.outcome == audit::Outcome::approved)
        went_up_ = {std::string(judged.rule), std::string(judged.request), std::string(credential)};
    std::int64_t count = 1;
    // What went up or a person was asked about is told each by itself.
    if (judged.outcome != audit::Outcome::allowed && judged.request.empty())
        count = peers.refused_requests.should_log(1, Clock::now());
    if (count == 0)
        co_return Attempt<>{};
    std::optional<std::uint64_t> body_bytes = framing.length;
    if (framing.kind == BodyKind::chunked)
        body_bytes.reset();
    co_return co_await peers.audit.record(
        record_of(RequestRecord{method, url, name, port, credential, judged, count, body_bytes}));
}

void Conversation::record_end(const audit::HttpEnd& end, std::string_view failure) {
    End made{
        method, url, name, port, went_up_.credential, went_up_.rule, went_up_.request, profile, std::string(failure),
        end};
    const auto query = url.find('?');
    made.end.query_bytes = query == std::string::npos ? 0 : url.size() - query - 1;
    peers.ends.add(std::move(made));
}

Task<bool> Conversation::refuse(int status, Judged judged) {
    // Without an auditor the refusal stands all the same: nothing is allowed then.
    (void)co_await record(judged);
    co_return co_await answer(status, judged.reason, judged.rule);
}

Task<bool> Conversation::refuse(const Failure& failure, RefusedBy by) {
    const FailureAnswer told = answer_to(failure.kind);
    const std::string reason = failure.reason();
    (void)co_await record({.outcome = told.outcome, .reason = reason, .rule = by.rule, .request = by.request});
    if (told.status == 0)
        co_return false;
    co_return co_await answer(told.status, reason, by.rule);
}

Task<bool> Conversation::answer(int status, std::string_view reason, std::string_view rule) {
    if (!co_await say(status, reason, rule))
        co_return false;
    co_return co_await after_answer();
}

Task<bool> Conversation::say(int status, std::string_view reason, std::string_view rule) {
    const std::string text = refusal_text(reason, url);
    const std::array<SetField, 2> more{SetField{"X-Anchorhold-Rule", rule.empty() ? "none" : rule},
                                       SetField{"Cache-Control", "no-store"}};
    std::string out;
    (void)write_answer(out, {status, refusal_phrase(reason)}, "text/plain; charset=utf-8", method == "HEAD" ? "" : text,
                       last(), more);
    stream.set_deadline(kAnswer);
    co_return (co_await stream.write(out)).has_value();
}

Task<bool> Conversation::after_answer() {
    if (!last()) {
        take_head();
        co_return true;
    }
    co_await drain(kMaxDrained, kLinger);
    co_return false;
}

Task<> Conversation::last_words(std::string_view words) {
    stream.set_deadline(kAnswer);
    if (co_await stream.write(words))
        co_await drain(kMaxDrained, kLinger);
}

Task<> Conversation::drain(std::uint64_t most, std::chrono::seconds limit) {
    stream.end_writing();
    stream.set_deadline(limit);
    std::vector<char> dropped(std::size_t{16} * 1024);
    for (std::uint64_t seen = 0; seen < most;) {
        const auto size = co_await stream.read(dropped);
        if (!size || *size == 0)
            co_return;
        seen += *size;
    }
}

}  // namespace anchorhold::egress
