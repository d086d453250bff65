#include "shield/egress/git/push_answer.hpp"

#include <algorithm>
#include <vector>

#include "shield/egress/git/wire/pkt_line.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {

Task<Attempt<>> PushAnswer::begin(Afterwards afterwards) {
    std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-receive-pack-result\r\nCache-Control: no-store\r\n"
        "Transfer-Encoding: chunked\r\n";
    if (afterwards == Afterwards::ends)
        head += "Connection: close\r\n";
    head += "\r\n";
    client_.stream.within(kReport);
    if (auto ok = co_await client_.stream.write(head); !ok)
        co_return fail(FailureKind::client_gone, std::move(ok.error()));
    co_return Attempt<>{};
}

Task<Attempt<>> PushAnswer::send(std::string_view bytes, Part part) {
    std::string out;
    write_chunk(out, bytes);
    if (part == Part::last)
        write_last_chunk(out);
    client_.stream.within(kReport);
    auto written = co_await client_.stream.write(out);
    client_.stream.within({});  // hooks upstream may take long
    if (!written)
        co_return fail(FailureKind::client_gone, std::move(written.error()));
    co_return Attempt<>{};
}

Task<Attempt<>> PushAnswer::say(std::string_view line) {
    if (!commands_.capabilities.side_band_64k)
        co_return Attempt<>{};
    std::string text = "anchorhold: ";
    text += line;
    text += '\n';
    std::string out;
    write_band(out, Band::progress, text);
    co_return co_await send(out);
}

Task<Attempt<>> PushAnswer::pass(std::string_view bytes) {
    co_return co_await send(bytes);
}

Task<Attempt<>> PushAnswer::end() {
    co_return co_await send({}, Part::last);
}

Task<Attempt<>> PushAnswer::reject(std::string_view reason, Refused what) {
    std::string line(reason);
    std::ranges::replace(line, '\n', ' ');
    if (auto ok = co_await say(line); !ok)
        co_return ok;
    std::vector<RefReport> refs;
    refs.reserve(commands_.updates.size());
    for (const auto& update : commands_.updates)
        refs.push_back({update.ref, line});
    std::string report;
    write_report_status(report, what == Refused::pack ? line : std::string_view{}, refs,
                        commands_.capabilities.side_band_64k);
    co_return co_await send(report, Part::last);
}

}  // namespace anchorhold::egress
