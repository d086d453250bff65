// Lines: a glob, a request target, a host, a ref. What comes out of them is canonical, or nothing does.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "shield/profile/glob.hpp"
#include "shield/profile/names.hpp"
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
    const auto path = canonical_path(target);
    if (path) {
        require(path->starts_with('/') && !path->contains("//") && !path->contains('\\') && !path->contains('%'));
        require(!path->contains("/../") && !path->contains("/./") && !path->contains('\0') &&
                anchorhold::valid_utf8(*path));
    }
    if (const auto read = read_target(target)) {
        const bool whole = read->split.empty();
        require(whole ? path && read->path == *path : !path && read->service == GitService::none);
        const std::string bare = without_parameters(whole ? read->path : read->split);
        require(bare.starts_with('/') && !bare.contains("//") && !bare.contains("/../") && !bare.contains("/./"));
        require(!bare.contains(';') && !bare.contains('%'));
        if (read->service == GitService::none) {
            require(read->repository.empty());
            require(!bare.ends_with("/git-receive-pack") && !bare.ends_with("/git-upload-pack"));
            require(!bare.ends_with("/info/refs") || !target.contains("?service="));
        } else {
            require(valid_repository(read->repository));
        }
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
