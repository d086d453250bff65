// What the room's tests share.
#pragma once

#include <string>
#include <string_view>

#include "shield/profile/profile.hpp"

namespace anchorhold::profile {

// The profile of docs/design.md, with a second credential and rules whose order matters.
inline constexpr std::string_view kDemo = R"(name = "demo"
version = 1
expires = 2027-06-01T00:00:00Z

[[host]]
name = "git.demo.test"
ports = [443, 8443]
private = true

[[host]]
name = "api.demo.test"

[[credential]]
name = "git-demo"
kind = "basic"
user = "agent-bot"
hosts = ["git.demo.test"]

[[credential]]
name = "git-release"
kind = "bearer"
hosts = ["git.demo.test"]

[[rule]]
id = "app-fetch"
host = "git.demo.test"
git = "fetch"
repository = "acme/*"
credential = "git-demo"
verdict = "allow"

[[rule]]
id = "no-delete"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/main", "refs/heads/release/**"]
updates = ["delete"]
verdict = "deny"

[[rule]]
id = "own-branch"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/agent/*"]
credential = "git-demo"
verdict = "allow"

[[rule]]
id = "app-push"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/*"]
updates = ["create", "update"]
credential = "git-demo"
verdict = "ask"
expires_in = 120

[[rule]]
id = "tags"
host = "git.demo.test"
git = "push"
repository = "acme/app"
refs = ["refs/tags/*"]
updates = ["create"]
credential = "git-release"
verdict = "ask"

[[rule]]
id = "no-admin"
host = "git.demo.test"
path = "/admin/**"
verdict = "deny"

[[rule]]
id = "status"
host = "git.demo.test"
methods = ["GET", "HEAD"]
path = "/**"
verdict = "allow"

[[rule]]
id = "api-write"
host = "api.demo.test"
methods = ["POST"]
verdict = "ask"
)";

// kDemo with one piece of its text replaced.
inline std::string demo_with(std::string_view old_text, std::string_view new_text) {
    std::string out(kDemo);
    return out.replace(out.find(old_text), old_text.size(), new_text);
}

inline Profile demo() {
    return std::move(*parse(kDemo));
}

}  // namespace anchorhold::profile
