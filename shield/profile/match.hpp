// What decide and explain share: finding a host's rules and comparing one rule with one request.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "shield/profile/decide.hpp"

namespace anchorhold::profile {

enum class Mismatch : std::uint8_t { none, method, path, repository, ref, update };

// One request as rules see it. Members that its kind has not are empty.
struct Facts {
    const Host* host = nullptr;
    const HostRules* rules = nullptr;
    std::string_view method;
    std::string_view path;
    std::string_view uncut;  // the path with its parameters, where it is a reading without them
    std::string_view repository;
    const RefUpdate* update = nullptr;
};

[[nodiscard]] Mismatch compare_http(const Rule& rule, const Facts& facts);
[[nodiscard]] Mismatch compare_fetch(const Rule& rule, const Facts& facts);
[[nodiscard]] Mismatch compare_push(const Rule& rule, const Facts& facts);

// The error is a clause for a reason: "no rule lists example.com", "port 22 of git.demo.test is not listed".
[[nodiscard]] std::expected<Facts, std::string> find_host(const Profile& profile, std::string_view host,
                                                          std::uint16_t port);

// Host, path and git in one; the request's target must outlive the facts. Its other readings must be judged, too.
[[nodiscard]] std::expected<Facts, std::string> http_facts(const Profile& profile, const HttpRequest& request);
// The same request as others read it; the reading must outlive the facts.
void read_as(Facts& facts, const Reading& reading);
[[nodiscard]] std::expected<Facts, std::string> git_facts(const Profile& profile, const GitRequest& request);

// Text from the agent as a reason may carry it: visible ASCII, other bytes as "?", cut at 200 bytes.
[[nodiscard]] std::string shown(std::string_view text);

// "https://git.demo.test", with the port unless it is 443.
[[nodiscard]] std::string shown_origin(const Host& host, std::uint16_t port);

[[nodiscard]] Decision refuse(const Profile& profile, std::string_view clause, const Rule* rule = nullptr);

}  // namespace anchorhold::profile
