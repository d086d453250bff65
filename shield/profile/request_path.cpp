#include "shield/profile/request_path.hpp"

#include <algorithm>
#include <optional>

#include "shield/profile/names.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::string_view kEncodedSlash = "%2F";

int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string_view fault_of_raw(unsigned char c) {
    if (c == '\\')
        return "the path has a backslash";
    if (c == '#')
        return "the target has a fragment";
    if (c <= 0x20 || c >= 0x7f)
        return "the path has a byte that must be percent-encoded";
    return {};
}

std::string_view fault_of_decoded(unsigned char c) {
    switch (c) {
        case '.':
            return "the path has an encoded dot (%2e)";
        case '/':
            return "the path has an encoded slash (%2f)";
        case '\\':
            return "the path has an encoded backslash (%5c)";
        case '%':
            return "the path is encoded twice (%25)";
        case 0:
            return "the path has an encoded null byte (%00)";
        default:
            return c < 0x20 || c == 0x7f ? "the path has an encoded control character" : std::string_view{};
    }
}

std::string_view fault_of_segments(std::string_view path) {
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        // Servlet containers cut ";…" off before they resolve dot segments and empty ones.
        const std::string_view bare = segment.substr(0, segment.find(';'));
        if (bare.empty() && end != path.size())
            return segment.empty() ? "the path has an empty segment (//)"
                                   : "the path has a segment of parameters only (/;)";
        if (bare == "." || bare == "..")
            return "the path has a dot segment";
        start = end + 1;
    }
    return {};
}

bool same_but_for_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(
        left, right, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

// Where a server that cuts ";…" or a trailing slash, or ignores case, would see one of git's services.
bool has_disguised_service(std::string_view path) {
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        const std::string_view bare = segment.substr(0, segment.find(';'));
        for (const std::string_view service : {"git-upload-pack", "git-receive-pack"})
            if (same_but_for_case(bare, service) && (segment != service || end != path.size()))
                return true;
        start = end + 1;
    }
    return false;
}

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

std::optional<std::string_view> without_suffix(std::string_view text, std::string_view suffix) {
    if (!text.ends_with(suffix))
        return std::nullopt;
    return text.substr(0, text.size() - suffix.size());
}

std::expected<std::string, std::string> repository_of(std::string_view path) {
    path.remove_prefix(std::min<std::size_t>(path.size(), 1));
    std::string repository(without_suffix(path, ".git").value_or(path));
    if (!valid_repository(repository))
        return no("the repository's name has more than one meaning");
    return repository;
}

// `slash` takes the place of each encoded slash; where it is empty, such a path is refused.
std::expected<std::string, std::string> read_path(std::string_view target, std::string_view slash) {
    if (!target.starts_with('/'))
        return no("the target is not a path");
    const std::string_view raw = target.substr(0, target.find('?'));
    std::string path;
    path.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        auto c = static_cast<unsigned char>(raw[i]);
        std::string_view fault;
        if (c == '%') {
            const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
            const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return no("the path has a broken percent escape");
            c = static_cast<unsigned char>(high * 16 + low);
            i += 2;
            if (c == '/' && !slash.empty()) {
                path += slash;
                continue;
            }
            fault = fault_of_decoded(c);
        } else {
            fault = fault_of_raw(c);
        }
        if (!fault.empty())
            return no(fault);
        path.push_back(static_cast<char>(c));
    }
    if (const std::string_view fault = fault_of_segments(path); !fault.empty())
        return no(fault);
    if (!valid_utf8(path))
        return no("the path is not UTF-8");
    return path;
}

// `path` is one reading of the target.
std::expected<GitTarget, std::string> service_of(std::string path, std::string_view target) {
    if (has_disguised_service(path))
        return no("the path names a git service in a way that servers read differently");

    GitTarget found;
    found.path = std::move(path);
    std::string_view repository_path;
    if (const auto fetch = without_suffix(found.path, "/git-upload-pack")) {
        found.service = GitService::fetch;
        repository_path = *fetch;
    } else if (const auto push = without_suffix(found.path, "/git-receive-pack")) {
        found.service = GitService::push;
        repository_path = *push;
    } else if (const auto refs = without_suffix(found.path, "/info/refs")) {
        const std::size_t mark = target.find('?');
        const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
        if (query.empty())
            return found;
        if (query == "service=git-upload-pack")
            found.service = GitService::advertise_fetch;
        else if (query == "service=git-receive-pack")
            found.service = GitService::advertise_push;
        else
            return no("the query of info/refs is none that git sends");
        repository_path = *refs;
    } else {
        return found;
    }
    auto repository = repository_of(repository_path);
    if (!repository)
        return std::unexpected(std::move(repository.error()));
    found.repository = std::move(*repository);
    return found;
}

}  // namespace

std::expected<std::string, std::string> canonical_path(std::string_view target) {
    return read_path(target, {});
}

std::string without_parameters(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        out += segment.substr(0, segment.find(';'));
        path.remove_prefix(end);
    }
    return out;
}

bool valid_repository(std::string_view repository) {
    const auto path = canonical_path("/" + std::string(repository));
    if (!path || path->size() == 1 || path->ends_with('/') || std::string_view(*path).substr(1) != repository)
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

std::expected<GitTarget, std::string> git_target(std::string_view target) {
    auto path = read_path(target, kEncodedSlash);
    if (!path)
        return std::unexpected(std::move(path.error()));
    auto found = service_of(std::move(*path), target);
    // Every other percent sign has been decoded or refused.
    if (!found || !found->path.contains('%'))
        return found;

    auto split = read_path(target, "/");
    if (!split)
        return std::unexpected(std::move(split.error()));
    auto as_split = service_of(std::move(*split), target);
    if (!as_split)
        return as_split;
    if (as_split->service != GitService::none)
        return no("the path of a git request has an encoded slash (%2f)");
    found->split = std::move(as_split->path);
    return found;
}

}  // namespace anchorhold::profile
