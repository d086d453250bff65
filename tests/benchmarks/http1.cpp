// Read a keep-alive request of 1 KiB and write it anew, with a credential placed: our reader and writer against llhttp
// and plain appending. Both sides know each field by name, drop the hop-by-hop ones and replace Authorization; only we
// check the rest.
#include <llhttp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_write.hpp"

using namespace anchorhold::egress;

namespace {

constexpr int kRounds = 15;
constexpr int kRequests = 20'000;
constexpr std::string_view kSecret = "Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz";

std::string typical_request() {
    std::string text =
        "GET /repos/acme/app/issues?state=open&per_page=100&page=2 HTTP/1.1\r\nHost: api.demo.test\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0\r\n"
        "Accept: application/vnd.github+json\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: "
        "en-GB,en;q=0.9\r\n"
        "Connection: keep-alive\r\nAuthorization: Bearer placeholder\r\nX-GitHub-Api-Version: 2022-11-28\r\n"
        "If-None-Match: W/\"0123456789abcdef0123456789abcdef\"\r\nCache-Control: no-cache\r\nReferer: "
        "https://demo.test/acme/app\r\n"
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nCookie: session=";
    text.append(1020 - text.size(), 'c');
    return text + "\r\n\r\n";
}

struct Seen {
    std::string_view method;
    std::string_view target;
    std::vector<std::pair<std::string_view, std::string_view>> fields;
};

template <class Take>
int with(llhttp_t* parser, Take take) {
    take(*static_cast<Seen*>(parser->data));
    return 0;
}

llhttp_settings_t hooks() {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_method = [](llhttp_t* p, const char* at, std::size_t size) {
        return with(p, [&](Seen& seen) { seen.method = {at, size}; });
    };
    settings.on_url = [](llhttp_t* p, const char* at, std::size_t size) {
        return with(p, [&](Seen& seen) { seen.target = {at, size}; });
    };
    settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
        return with(p, [&](Seen& seen) { seen.fields.emplace_back(std::string_view(at, size), std::string_view{}); });
    };
    settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
        return with(p, [&](Seen& seen) { seen.fields.back().second = {at, size}; });
    };
    settings.on_message_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
    return settings;
}

// The plain way to write what llhttp saw.
void write_plainly(std::string& out, const Seen& seen) {
    constexpr std::array<std::string_view, 12> kLeftOut{
        "host",           "connection",         "keep-alive", "proxy-connection", "te",
        "trailer",        "transfer-encoding",  "upgrade",    "authorization",    "expect",
        "content-length", "proxy-authorization"};
    out.append(seen.method).append(" ").append(seen.target).append(" HTTP/1.1\r\nHost: api.demo.test\r\n");
    for (const auto& [name, value] : seen.fields) {
        const bool left_out = std::ranges::any_of(
            kLeftOut, [&](std::string_view each) { return anchorhold::equal_ignoring_case(each, name); });
        if (!left_out)
            out.append(name).append(": ").append(value).append("\r\n");
    }
    out.append("Authorization: ").append(kSecret).append("\r\n\r\n");
}

// Nanoseconds of one request.
template <class Once>
double measure(Once once) {
    std::size_t written = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRequests; ++i)
        written += once();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    if (written < kRequests * std::size_t{900})
        std::exit(3);
    return taken.count() / kRequests;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + kRounds / 2);
    return values[kRounds / 2];
}

}  // namespace

int main() {
    const std::string request = typical_request();
    const llhttp_settings_t settings = hooks();
    const std::array set{SetField{"Authorization", kSecret}};
    std::string out;

    RequestReader reader;
    const auto ours_once = [&] {
        out.clear();
        reader.reset();
        const bool good = reader.read(request) == ReadState::done &&
                          write_request(out, reader.head(), "api.demo.test", {.body = reader.head().body, .set = set});
        return good ? out.size() : 0;
    };
    Seen seen;
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &seen;
    const auto theirs_once = [&] {
        out.clear();
        seen.fields.clear();
        llhttp_reset(&parser);
        if (llhttp_execute(&parser, request.data(), request.size()) != HPE_PAUSED)
            return std::size_t{0};
        write_plainly(out, seen);
        return out.size();
    };

    std::vector<double> of_ours;
    std::vector<double> of_llhttp;
    // In turns, so that a busy machine slows both.
    for (int round = 0; round < kRounds; ++round) {
        of_ours.push_back(measure(ours_once));
        of_llhttp.push_back(measure(theirs_once));
    }
    const double ours = median(of_ours);
    const double theirs = median(of_llhttp);
    std::printf("one request of %zu bytes: %.0f ns, with llhttp %.0f ns (median of %d rounds)\n", request.size(), ours,
                theirs, kRounds);
    std::printf("http1 ratio=%.2f\n", ours / theirs);
    return 0;
}
