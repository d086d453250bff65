#include "shield/egress/parse/git_target.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "shield/egress/parse/http1_chars.hpp"
#include "shield/egress/parse/http1_head.hpp"
#include "shield/egress/parse/plain_utf8.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxRepository = 1024;
constexpr std::string_view kInfoRefs = "/info/refs";

struct Service {
    std::string_view path;   // a POST goes there
    std::string_view query;  // of its advertisement
    std::string_view type;   // of the POST's body
    GitRequest request;
    GitRequest advertisement;
};

constexpr std::array kServices = std::to_array<Service>({
    {"/git-upload-pack", "service=git-upload-pack", "application/x-git-upload-pack-request", GitRequest::fetch,
     GitRequest::fetch_advertisement},
    {"/git-receive-pack", "service=git-receive-pack", "application/x-git-receive-pack-request", GitRequest::push,
     GitRequest::push_advertisement},
});

// Words that make a path segment git's, whoever decodes, folds or cuts it on the way.
constexpr std::array<std::string_view, 3> kServiceWords{"git-upload-pack", "git-receive-pack", "git-upload-archive"};

GitTarget refuse(int status, const char* sentence) {
    GitTarget target;
    target.request = GitRequest::refused;
    target.refusal = {status, sentence, 0};
    return target;
}

int hex(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// Decoded once; what is not an encoded byte stays. `broken` tells of a '%' without two digits.
std::string decode(std::string_view text, bool& broken) {
    std::string out;
    out.reserve(text.size());
    broken = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            broken = true;
            out.push_back('%');
            continue;
        }
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

// As the laxest server would read it: decoded until nothing changes, in small letters.
std::string laxest(std::string_view text) {
    std::string now(text);
    bool broken = false;
    for (int round = 0; round < 4 && now.contains('%'); ++round)
        now = decode(now, broken);
    std::ranges::transform(now, now.begin(), lower);
    return now;
}

// Segments as the laxest server would cut them: '\' and NUL end one, path parameters and trailing dots, spaces and
// controls are not there.
template <class Each>
void for_each_segment(std::string_view path, Each each) {
    while (!path.empty()) {
        const std::size_t end = std::min(path.find_first_of(std::string_view("/\\\0", 3)), path.size());
        std::string_view segment = path.substr(0, end);
        path.remove_prefix(std::min(path.size(), end + 1));
        segment = segment.substr(0, segment.find_first_of(";?#"));
        while (!segment.empty() && (segment.back() == '.' || static_cast<unsigned char>(segment.back()) <= ' '))
            segment.remove_suffix(1);
        if (!segment.empty())
            each(segment);
    }
}

struct Suspicion {
    bool service = false;    // some segment is a service's name
    bool info_refs = false;  // the last two are `info`, `refs`
};

Suspicion suspect(std::string_view path) {
    const std::string lax = laxest(path);
    Suspicion found;
    bool info = false;
    for_each_segment(lax, [&](std::string_view segment) {
        found.service = found.service || std::ranges::find(kServiceWords, segment) != kServiceWords.end();
        found.info_refs = info && segment == "refs";
        info = segment == "info";
    });
    return found;
}

const char* repository_of(std::string_view path, std::string& repository) {
    bool broken = false;
    repository = decode(path, broken);
    if (broken)
        return "the repository's path has a `%` that encodes nothing";
    if (std::ranges::count(repository, '/') != std::ranges::count(path, '/') ||
        repository.find_first_of("\\%;?#") != std::string::npos)
        return "the repository's path has an encoded slash, a backslash, `%`, `;`, `?` or `#`";
    if (!is_plain_utf8(repository))
        return "the repository's path is not plain UTF-8";
    if (repository.size() > kMaxRepository)
        return "the repository's path is longer than 1024 bytes";
    repository.erase(0, 1);
    if (repository.ends_with(".git"))
        repository.resize(repository.size() - 4);
    const std::string framed = "/" + repository + "/";
    if (framed.contains("//") || framed.contains("/./") || framed.contains("/../"))
        return "the repository's path has an empty or a dot segment";
    return nullptr;
}

GitTarget target_of(GitRequest request, std::string_view path) {
    if (suspect(path).service)
        return refuse(400, "the repository's path names a git service too");
    GitTarget target;
    if (const char* const wrong = repository_of(path, target.repository))
        return refuse(400, wrong);
    target.request = request;
    return target;
}

GitTarget advertisement(std::string_view method, std::string_view path, std::string_view query) {
    if (!laxest(query).contains("service"))
        return {};
    const auto service = std::ranges::find(kServices, query, &Service::query);
    if (!path.ends_with(kInfoRefs) || service == kServices.end())
        return refuse(400, "this asks a git server for its refs in a spelling that git does not use");
    if (method != "GET")
        return refuse(405, "git asks for refs with GET");
    return target_of(service->advertisement, path.substr(0, path.size() - kInfoRefs.size()));
}

}  // namespace

GitTarget classify_git(std::string_view method, std::string_view path, std::string_view query,
                       std::string_view content_type) {
    const Suspicion suspicion = suspect(path);
    if (!suspicion.service)
        return suspicion.info_refs ? advertisement(method, path, query) : GitTarget{};
    const auto service =
        std::ranges::find_if(kServices, [&](const Service& each) { return path.ends_with(each.path); });
    if (service == kServices.end())
        return refuse(400, "this names a git service in a spelling that git does not use");
    if (method != "POST")
        return refuse(405, "git services are asked with POST");
    if (!query.empty())
        return refuse(400, "a git service is asked without a query");
    if (!equal_ignoring_case(trim_ows(content_type.substr(0, content_type.find(';'))), service->type))
        return refuse(415, "the Content-Type is not the one of this git service");
    return target_of(service->request, path.substr(0, path.size() - service->path.size()));
}

}  // namespace anchorhold::egress
