// What a request's target means: the path of a plain request, or one of git's services over smart HTTP
// (gitprotocol-http(5)). What some server might take for git though git does not spell it so is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "shield/profile/readings.hpp"

namespace anchorhold::profile {

inline constexpr std::size_t kMaxRepository = 1024;  // bytes

enum class GitService : std::uint8_t {
    none,             // a plain request; the dumb protocol and LFS are this too
    advertise_fetch,  // …/info/refs?service=git-upload-pack
    advertise_push,   // …/info/refs?service=git-receive-pack
    fetch,            // …/git-upload-pack
    push,             // …/git-receive-pack
};

struct Target {
    GitService service = GitService::none;
    std::string path;             // decoded_path()
    std::vector<Reading> others;  // other_readings() of it; a request of git's has none
    std::string repository;       // "acme/app" of /acme/app.git/info/refs; empty with `none`
};

// The error is a clause for a reason, as those of decoded_path() and other_readings().
using ReadTarget = std::expected<Target, std::string>;

// Of an origin-form target (RFC 9112 section 3.2.1) as it was received. Refused besides what has no path: a service's
// name, in any reading, in other letters, percent-encoded, with parameters, a query or more behind it, or twice;
// info/refs in another spelling, or with a query that git does not send; a repository with more than one meaning.
[[nodiscard]] ReadTarget read_target(std::string_view target);

// `none` for what could not be read, too: the profile's plain rules deny it and say why.
[[nodiscard]] GitService service_of(const ReadTarget& target);

// "acme/app": one reading, which is itself.
[[nodiscard]] bool valid_repository(std::string_view repository);

}  // namespace anchorhold::profile
