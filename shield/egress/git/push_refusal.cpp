#include "shield/egress/git/push_refusal.hpp"

#include <string>

#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {
constexpr std::uint64_t kMaxDropped = std::uint64_t{1} << 30;
}  // namespace

Task<PushAnswer::Afterwards> drop_rest(Conversation& client, Body& body) {
    for (std::uint64_t seen = 0; seen < kMaxDropped;) {
        client.stream.within(kProgress);
        const auto piece = co_await body.next();
        if (!piece)
            break;
        if (piece->empty())
            co_return client.keep_alive ? PushAnswer::Afterwards::stays : PushAnswer::Afterwards::ends;
        seen += piece->size();
    }
    co_return PushAnswer::Afterwards::ends;
}

Task<bool> refuse_push(Conversation& client, Body& body, PushCommands commands, PushRefusal refusal) {
    PushAnswer answer(client, commands);
    if (!answer.possible())
        co_return co_await client.refuse(refusal.status, refusal.judged);
    (void)co_await client.record(refusal.judged);
    const std::string reason(refusal.judged.reason);
    const auto afterwards = co_await drop_rest(client, body);
    if (!co_await answer.begin(afterwards))
        co_return false;
    const bool told = (co_await answer.reject(reason, refusal.what)).has_value();
    co_return told&& afterwards == PushAnswer::Afterwards::stays;
}

}  // namespace anchorhold::egress
