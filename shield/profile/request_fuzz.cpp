// Lines: a glob, a request target, a host, a ref. What comes out of them is canonical, or nothing does.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "shield/profile/glob.hpp"
#include "shield/profile/names.hpp"
#include "shield/profile/readings.hpp"
#include "shield/profile/ref.hpp"
#include "shield/profile/request_path.hpp"
#include "shield/profile/target.hpp"

using namespace anchorhold::profile;

namespace {

std::string_view next_line(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
}

void require(bool holds) {
    if (!holds)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto glob = Glob::compile(next_line(rest));
    const std::string_view target = next_line(rest);
    if (const auto read = read_target(target)) {
        require(read->path.starts_with('/') && read->path == decoded_path(target));
        require(read->others.size() <= kMaxReadings);
        const auto is_git = [&](std::string_view path) {
            return path.ends_with("/git-receive-pack") || path.ends_with("/git-upload-pack") ||
                   (path.ends_with("/info/refs") && target.contains("?service="));
        };
        bool simple = read->others.empty();  // some reading has nothing left to read otherwise
        for (const Reading& reading : read->others) {
            require(reading.path.starts_with('/') && reading.path != read->path && !reading.how.empty());
            const auto more = other_readings(reading.path);
            require(more.has_value());
            simple = simple || more->empty();
            for (const Reading& again : *more)
                require(again.path == read->path || std::ranges::contains(read->others, again.path, &Reading::path));
            require(read->service != GitService::none || !is_git(reading.path));
        }
        require(simple);
        if (read->service == GitService::none)
            require(read->repository.empty() && !is_git(read->path));
        else
            require(read->others.empty() && valid_repository(read->repository));
        for (const std::string_view name : aliases(read->path))
            require(read->path.starts_with(name) && name.size() < read->path.size());
    }
    if (glob) {
        (void)glob->matches(target);
        if (!glob->pattern().contains('*'))
            require(glob->matches(target) == (glob->pattern() == target));
    }
    if (const auto host = canonical_host(next_line(rest)))
        require(canonical_host(*host) == *host);
    require(ref_fault(rest) || (rest.starts_with("refs/") && anchorhold::plain_utf8(rest)));
    return 0;
}
