#include "shield/gate/requests.hpp"

#include <algorithm>

namespace anchorhold::gate {
namespace {

constexpr std::string_view kGone = "no such request is waiting: it was answered, withdrawn or ran out of time";

}  // namespace

std::string_view to_text(State state) {
    switch (state) {
        case State::pending:
            return "pending";
        case State::approved:
            return "approved";
        case State::consumed:
            return "consumed";
        case State::denied:
            return "denied";
        case State::expired:
            return "expired";
        case State::refused:
            return "refused";
    }
    return "refused";
}

std::string request_id(std::uint64_t random) {
    constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string id;
    for (unsigned i = 0; i < 8; ++i) {
        if (i == 4)
            id += '-';
        id += letters[random >> (5 * i) & 31U];
    }
    return id;
}

Requests::Verdict<const Request*> Requests::add(Request request) {
    std::size_t shown = request.shown_bytes;
    for (const auto& [id, other] : live_) {
        shown += other.shown_bytes;
        if (other.owner == request.owner && other.ask == request.ask)
            return std::unexpected(Refusal{"the same question is waiting already", {}});
    }
    if (live_.size() >= limits_.pending)
        return std::unexpected(
            Refusal{std::to_string(live_.size()) + " requests are waiting already; try again later", {}});
    if (shown > limits_.shown_bytes)
        return std::unexpected(Refusal{"the requests that are waiting fill the page; try again later", {}});
    const auto [at, added] = live_.try_emplace(request.id);
    if (!added)
        return std::unexpected(Refusal{"its id is taken; try again", {}});
    at->second = std::move(request);
    return &at->second;
}

const Request* Requests::find(std::string_view id) const {
    const auto at = live_.find(id);
    return at == live_.end() ? nullptr : &at->second;
}

const Request* Requests::find(ConnectionId owner, std::int64_t ask) const {
    const auto at = std::ranges::find_if(
        live_, [&](const auto& entry) { return entry.second.owner == owner && entry.second.ask == ask; });
    return at == live_.end() ? nullptr : &at->second;
}

Request Requests::end(Live::iterator at, State state, std::string_view reason) {
    Request request = std::move(at->second);
    live_.erase(at);
    request.state = state;
    request.reason = reason;
    return request;
}

Requests::Verdict<Requests::Live::iterator> Requests::live_in(std::string_view id, State state, std::int64_t now) {
    const auto at = live_.find(id);
    if (at == live_.end())
        return std::unexpected(Refusal{std::string(kGone), {}});
    if (now >= at->second.binding.expires)
        return std::unexpected(
            Refusal{"nobody answered in time", {end(at, State::expired, "nobody answered in time")}});
    if (at->second.state != state)
        return std::unexpected(Refusal{"the request is " + std::string(to_text(at->second.state)), {}});
    return at;
}

Requests::Verdict<const Request*> Requests::approve(std::string_view id, std::int64_t now, std::string_view by) {
    const auto at = live_in(id, State::pending, now);
    if (!at)
        return std::unexpected(at.error());
    (*at)->second.state = State::approved;
    (*at)->second.by = by;
    return &(*at)->second;
}

Requests::Verdict<Request> Requests::deny(std::string_view id, std::int64_t now, std::string_view by,
                                          std::string_view reason) {
    const auto at = live_in(id, State::pending, now);
    if (!at)
        return std::unexpected(at.error());
    (*at)->second.by = by;
    return end(*at, State::denied, reason);
}

Requests::Verdict<Request> Requests::consume(std::string_view id, ConnectionId owner, const json::object& facts,
                                             std::int64_t now) {
    const Request* const known = find(id);
    if (known != nullptr && known->owner != owner)
        return std::unexpected(Refusal{"another connection asked for this", {}});
    const auto at = live_in(id, State::approved, now);
    if (!at)
        return std::unexpected(at.error());
    const auto again = action::make_record(facts, (*at)->second.binding);
    if (!again || !action::same(again->digest, (*at)->second.record.digest)) {
        constexpr std::string_view reason = "what is about to be sent is not what was approved";
        return std::unexpected(Refusal{std::string(reason), {end(*at, State::refused, reason)}});
    }
    return end(*at, State::consumed, "");
}

std::vector<Request> Requests::expire(std::int64_t now) {
    std::vector<Request> ended;
    for (auto at = live_.begin(); at != live_.end();) {
        const auto here = at++;
        if (now >= here->second.binding.expires)
            ended.push_back(end(here, State::expired, "nobody answered in time"));
    }
    return ended;
}

std::vector<Request> Requests::refuse(const std::function<bool(const Request&)>& which, std::string_view reason) {
    std::vector<Request> ended;
    for (auto at = live_.begin(); at != live_.end();) {
        const auto here = at++;
        if (which(here->second))
            ended.push_back(end(here, State::refused, reason));
    }
    return ended;
}

std::vector<const Request*> Requests::live() const {
    std::vector<const Request*> all;
    for (const auto& [id, request] : live_)
        all.push_back(&request);
    std::ranges::stable_sort(all, {}, [](const Request* request) { return request->binding.requested; });
    return all;
}

std::optional<std::int64_t> Requests::next_expiry() const {
    const auto at = std::ranges::min_element(live_, {}, [](const auto& entry) { return entry.second.binding.expires; });
    return at == live_.end() ? std::nullopt : std::optional(at->second.binding.expires);
}

}  // namespace anchorhold::gate
