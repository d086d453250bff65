#include "shield/profile/target.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/controls.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::string_view kInfoRefs = "/info/refs";

struct Service {
    std::string_view path;   // it is asked there
    std::string_view query;  // of its advertisement
    GitService asked;
    GitService advertised;
};
constexpr std::array kServices = std::to_array<Service>({
    {"/git-upload-pack", "service=git-upload-pack", GitService::fetch, GitService::advertise_fetch},
    {"/git-receive-pack", "service=git-receive-pack", GitService::push, GitService::advertise_push},
});

// Words that make a segment git's, whoever folds or cuts it on the way.
constexpr std::array<std::string_view, 3> kServiceWords{"git-upload-pack", "git-receive-pack", "git-upload-archive"};

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

struct Suspicion {
    bool service = false;    // some segment is a service's name to some server
    bool info_refs = false;  // the last two are `info`, `refs`
};

// `path` is one reading.
Suspicion suspect(std::string_view path) {
    Suspicion found;
    bool info = false;
    for (std::size_t start = 1; start < path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        start = end + 1;
        if (segment.empty())
            continue;
        const auto is = [&](std::string_view word) { return equal_ignoring_case(segment, word); };
        found.service = found.service || std::ranges::any_of(kServiceWords, is);
        found.info_refs = info && is("refs");
        info = is("info");
    }
    return found;
}

// The path of what a service is asked of.
std::expected<std::string, std::string> repository_of(std::string_view path) {
    if (suspect(path).service)
        return no("the repository's path names a git service too");
    path.remove_prefix(std::min<std::size_t>(path.size(), 1));
    if (path.ends_with(".git"))
        path.remove_suffix(std::string_view(".git").size());
    if (!valid_repository(path))
        return no("the repository's name has more than one meaning");
    return std::string(path);
}

Suspicion suspect(const Target& target) {
    Suspicion found = suspect(target.path);
    for (const Reading& reading : target.others) {
        const Suspicion more = suspect(reading.path);
        found.service = found.service || more.service;
        found.info_refs = found.info_refs || more.info_refs;
    }
    return found;
}

ReadTarget judge_as_git(Target found, std::string_view target) {
    const std::string_view sent = target.substr(0, target.find('?'));
    const std::string_view query = target.substr(std::min(sent.size() + 1, target.size()));
    const Suspicion suspicion = suspect(found);
    const bool asks = !query.empty() || found.path.contains('?');  // an encoded one begins a query to some
    std::string_view suffix;
    if (suspicion.service) {
        const auto* service =
            std::ranges::find_if(kServices, [&](const Service& each) { return sent.ends_with(each.path); });
        if (service == kServices.end() && guard_off("disguise"))
            return found;
        if (service == kServices.end())
            return no("the path names a git service in a spelling that git does not use");
        if (!query.empty())
            return no("a git service is asked without a query");
        found.service = service->asked;
        suffix = service->path;
    } else if (suspicion.info_refs && asks) {
        const auto* service = std::ranges::find(kServices, query, &Service::query);
        if (!sent.ends_with(kInfoRefs) || service == kServices.end())
            return no("it asks a git server for its refs in a spelling that git does not use");
        found.service = service->advertised;
        suffix = kInfoRefs;
    } else {
        return found;
    }
    if (!found.others.empty())
        return no("the repository's path has more than one reading");
    auto repository = repository_of(std::string_view(found.path).substr(0, found.path.size() - suffix.size()));
    if (!repository)
        return std::unexpected(std::move(repository.error()));
    found.repository = std::move(*repository);
    return found;
}

}  // namespace

GitService service_of(const ReadTarget& target) {
    return target ? target->service : GitService::none;
}

bool valid_repository(std::string_view repository) {
    if (repository.size() > kMaxRepository)
        return false;
    const auto path = decoded_path("/" + std::string(repository));
    if (!path || path->size() == 1 || path->ends_with('/') || std::string_view(*path).substr(1) != repository)
        return false;
    if (const auto others = other_readings(*path); !others || !others->empty())
        return false;
    // git-http-backend tries NAME, NAME.git and NAME/.git for one NAME.
    for (std::size_t start = 0; start <= repository.size();) {
        const std::size_t end = std::min(repository.find('/', start), repository.size());
        if (repository.substr(start, end - start).ends_with(".git"))
            return false;
        start = end + 1;
    }
    return true;
}

ReadTarget read_target(std::string_view target) {
    auto path = decoded_path(target);
    if (!path)
        return std::unexpected(std::move(path.error()));
    Target found{.path = std::move(*path), .others = {}, .repository = {}};
    if (!guard_off("readings")) {
        auto others = other_readings(found.path);
        if (!others)
            return std::unexpected(std::move(others.error()));
        found.others = std::move(*others);
    }
    return judge_as_git(std::move(found), target);
}

}  // namespace anchorhold::profile
