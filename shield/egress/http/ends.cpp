#include "shield/egress/http/ends.hpp"

#include "base/encoding.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxSmall = 8192;  // bytes up, heads included
constexpr std::int64_t kMaxShort = 10'000;
constexpr std::size_t kMaxSums = 256;

bool is_small(const End& end) {
    return end.failure.empty() && end.request.empty() && end.end.status < 400 && end.end.bytes_out <= kMaxSmall &&
           end.end.milliseconds <= kMaxShort;
}

// What the requests of one sum have in common: all but path, time and volume.
std::string key_of(const End& end) {
    std::string key(as_text(end.profile->digest));
    for (const auto* part : {&end.method, &end.host, &end.rule, &end.credential})
        key += *part + '\n';
    return key + std::to_string(end.port) + ' ' + std::to_string(end.end.status) + end.url.substr(0, 5);
}

}  // namespace

void Ends::add(End end) {
    if (!is_small(end))
        return tell(end, 1);
    std::string key = key_of(end);
    if (small_.size() >= kMaxSums && !small_.contains(key))
        tell();
    const audit::HttpEnd seen = end.end;
    auto [at, made] = small_.try_emplace(std::move(key), Sum{std::move(end), 1});
    if (made)
        return;
    audit::HttpEnd& sum = at->second.end.end;
    ++at->second.count;
    sum.bytes_in += seen.bytes_in;
    sum.bytes_out += seen.bytes_out;
    sum.query_bytes += seen.query_bytes;
    sum.milliseconds += seen.milliseconds;
}

void Ends::tell() {
    for (const auto& [key, sum] : small_)
        tell(sum.end, sum.count);
    small_.clear();
}

void Ends::tell(const End& end, std::int64_t count) {
    // Of several only the first has this path; the records from before they went up have each one's.
    const auto path = end.url.find('/', end.url.find("://") + 3);
    const std::string url = count == 1 || path == std::string::npos ? end.url : end.url.substr(0, path) + "/*";
    const Judged judged{.outcome = end.failure.empty() ? audit::Outcome::allowed : audit::Outcome::failed,
                        .reason = end.failure,
                        .policy = end.profile.get(),
                        .rule = end.rule,
                        .request = end.request};
    RequestRecord record{end.method, url, end.host, end.port, end.credential, judged, count};
    record.body_bytes.reset();
    record.end = end.end;
    audit_.note(record_of(record));
}

Task<> Ends::run(Executor executor) {
    Timer timer(executor);
    for (;;) {
        timer.expires_after(std::chrono::seconds(1));
        (void)co_await timer.async_wait(kAwait);
        tell();
    }
}

}  // namespace anchorhold::egress
