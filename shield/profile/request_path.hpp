// One meaning for a request's path, or none: what two servers could read differently is refused, not guessed.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// The path of an origin-form target, percent-decoded once, without the query. The error is a clause for a reason
// ("the path has a dot segment"). Refused: not starting with "/", "//", "." and ".." segments, these three also where
// ";…" is cut off, backslash, %2e %2f %5c %00 and encoded controls, %25 (double encoding), broken escapes, raw bytes
// outside visible ASCII, "#", and what is not UTF-8 after decoding.
[[nodiscard]] std::expected<std::string, std::string> canonical_path(std::string_view target);

// "/a/b" of "/a;x/b;y=1": servlet containers cut ";…" off each segment.
[[nodiscard]] std::string without_parameters(std::string_view path);

enum class GitService : std::uint8_t { none, advertise_fetch, advertise_push, fetch, push };

struct GitTarget {
    GitService service = GitService::none;
    std::string path;        // canonical_path(), but an encoded slash stays as "%2F"
    std::string split;       // the path with "/" for each encoded slash; empty where it has none
    std::string repository;  // "acme/app" of /acme/app.git/info/refs; empty with `none`
};

// Which smart-HTTP request a target is (gitprotocol-http(5)), judged by its canonical path and query; `none` for
// a plain one, the dumb protocol's info/refs without query included. The error is a clause for a reason, as above,
// only that an encoded slash is no fault of a plain request, whose path is then checked with "%2F" and with "/". Also
// for a repository name with more than one meaning ("acme/app.git.git", "acme/app/.git"), for info/refs with a query
// that git does not send, and for a service's name elsewhere than at the end.
[[nodiscard]] std::expected<GitTarget, std::string> git_target(std::string_view target);

// "acme/app": one meaning and canonical.
[[nodiscard]] bool valid_repository(std::string_view repository);

}  // namespace anchorhold::profile
