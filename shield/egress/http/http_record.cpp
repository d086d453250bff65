#include "shield/egress/http/http_record.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/encoding.hpp"
#include "shield/audit/event_text.hpp"
#include "shield/egress/peers/event_text.hpp"

namespace anchorhold::egress {
namespace {

audit::HttpActivity activity_of(const RequestRecord& request) {
    audit::HttpActivity made;
    made.common = common_facts(request.judged.outcome, request.judged.reason, request.count);
    made.common.rule = request.judged.rule;
    made.common.correlation = request.judged.request;
    if (const auto* policy = request.judged.policy; policy != nullptr)
        made.common.policy = audit::PolicyRef{policy->name, policy->version, to_hex(policy->digest)};
    made.destination.name = request.host;
    made.destination.port = request.port;
    made.method = request.method;
    made.url = request.url;
    made.body_bytes = request.body_bytes;
    made.credential = request.credential;
    made.end = request.end;
    return made;
}

// Nearly all records are of allowed requests without a body, and those of one rule differ in time and path alone: the
// text around these is made once, by the same code as any other record. Where they stand is known by the value that
// was left out, never by what a text looks like.
struct Mold {
    std::string before_path;  // with its quotation mark
    std::string before_time;
    std::string end;
};
constexpr std::size_t kMaxMolds = 256;
constexpr std::size_t kMaxPath = 512;

std::unique_ptr<const Mold> make_mold(const RequestRecord& request) {
    const json::value event = audit::event(activity_of(request));
    boost::system::error_code absent;
    const std::array open{event.find_pointer("/http_request/url/path", absent), event.find_pointer("/time", absent)};
    if (open[0] == nullptr || open[1] == nullptr)
        return nullptr;
    auto around = canonical_around(event, open);
    if (!around || around->size() != open.size() + 1)
        return nullptr;
    return std::make_unique<const Mold>(
        Mold{std::move((*around)[0]) + '"', '"' + std::move((*around)[1]), std::move((*around)[2])});
}

bool can_be_cast(const RequestRecord& request, std::string_view path) {
    const Judged& judged = request.judged;
    return judged.outcome == audit::Outcome::allowed && judged.reason.empty() && judged.request.empty() &&
           judged.policy != nullptr && request.body_bytes == 0U && !request.end && !path.empty() &&
           path.size() <= kMaxPath &&
           std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

const Mold* mold_of(const RequestRecord& request) {
    static std::unordered_map<std::string, std::unique_ptr<const Mold>> molds;
    std::string key(as_text(request.judged.policy->digest));
    for (const std::string_view part : {request.method, request.host, request.judged.rule, request.credential}) {
        key += part;
        key += '\n';
    }
    key += std::to_string(request.port);
    key += request.url.starts_with("https:") ? 's' : 'c';
    if (const auto known = molds.find(key); known != molds.end())
        return known->second.get();
    if (molds.size() >= kMaxMolds)
        molds.clear();
    return molds.emplace(std::move(key), make_mold(request)).first->second.get();
}

}  // namespace

std::string record_of(const RequestRecord& request) {
    const std::string_view path = audit::split_url(request.url).path;
    const Mold* mold = can_be_cast(request, path) ? mold_of(request) : nullptr;
    if (mold == nullptr)
        return text_of(audit::event(activity_of(request)));
    std::string text;
    text.reserve(mold->before_path.size() + mold->before_time.size() + mold->end.size() + path.size() + 16);
    text += mold->before_path;
    text += path;
    text += mold->before_time;
    text += std::to_string(audit::now_ms());
    text += mold->end;
    return text;
}

}  // namespace anchorhold::egress
