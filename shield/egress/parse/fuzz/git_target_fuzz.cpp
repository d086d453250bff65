// What passes as git has one plain repository name; whatever ends in a service's name is never taken for plain HTTP.
#include <algorithm>
#include <string>

#include "shield/egress/parse/fuzz/require.hpp"
#include "shield/egress/parse/git_target.hpp"
#include "shield/egress/parse/plain_utf8.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::egress::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(text_of(data, size));
    const std::size_t path_end = std::min(text.find('\n'), text.size());
    const std::size_t query_end = std::min(text.find('\n', std::min(path_end + 1, text.size())), text.size());
    const std::string path = "/" + text.substr(0, path_end);
    const std::string query =
        text.substr(std::min(path_end + 1, text.size()), query_end - std::min(path_end + 1, query_end));
    const std::string type = text.substr(std::min(query_end + 1, text.size()));
    for (const char* method : {"GET", "POST"}) {
        const GitTarget target = classify_git(method, path, query, type);
        if (target.request == GitRequest::refused) {
            require(!target.refusal.sentence.empty() && target.repository.empty(), "a refusal says why");
        } else if (target.request == GitRequest::not_git) {
            require(!path.ends_with("/git-receive-pack") && !path.ends_with("/git-upload-pack"), "git is not plain");
            require(!path.ends_with("/info/refs") || !query.contains("service="), "nor are its advertisements");
        } else {
            const std::string& name = target.repository;
            require(!name.empty() && is_plain_utf8(name) && !name.starts_with('/') && !name.ends_with('/'),
                    "a plain name");
            require(!name.contains("//") && !("/" + name + "/").contains("/../") && !("/" + name + "/").contains("/./"),
                    "no dots");
        }
    }
    return 0;
}
