#include "shield/audit/event.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "shield/audit/event_text.hpp"

namespace anchorhold::audit {
namespace {

constexpr std::string_view kSchema = "1.9.0";
constexpr std::uint64_t kSafe = (std::uint64_t{1} << 53) - 1;

// What an outcome is in the security_control profile and in the base event (status_id 1 success, 2 failure).
struct Meaning {
    int action_id;
    int disposition_id;
    int status_id;
    int severity_id;
};
constexpr Meaning meaning(Outcome outcome) {
    switch (outcome) {
        case Outcome::allowed:
            return {1, 1, 1, 1};
        case Outcome::denied:
            return {2, 2, 2, 2};
        case Outcome::delayed:
            return {1, 14, 1, 1};
        case Outcome::approved:
            return {1, 8, 1, 2};
        case Outcome::rejected:
            return {2, 25, 2, 2};
        case Outcome::failed:
            return {1, 27, 2, 3};
    }
    return {0, 0, 0, 0};
}

std::string text(std::string_view value) {
    return clean_text(value, kMaxText);
}

std::int64_t count(std::uint64_t value) {
    return static_cast<std::int64_t>(std::min(value, kSafe));
}

void put(json::object& object, std::string_view name, std::string_view value) {
    if (!value.empty())
        object[name] = text(value);
}

json::object endpoint(const Endpoint& what) {
    json::object object;
    put(object, "hostname", what.name);
    put(object, "ip", what.address);
    if (what.port != 0)
        object["port"] = what.port;
    return object;
}

// The base event and the security_control profile.
json::object base(const Common& common, int class_uid, int activity_id) {
    const auto means = meaning(common.outcome);
    json::object metadata{{"version", kSchema},
                          {"product", {{"name", "Anchorhold"}, {"vendor_name", "Anchorhold"}}},
                          {"profiles", {"host", "record_integrity", "security_control"}}};
    put(metadata, "correlation_uid", common.correlation);
    json::object object{{"class_uid", class_uid},
                        {"category_uid", class_uid / 1000},
                        {"activity_id", activity_id},
                        {"type_uid", class_uid * 100 + activity_id},
                        {"severity_id", means.severity_id},
                        {"status_id", means.status_id},
                        {"action_id", means.action_id},
                        {"disposition_id", means.disposition_id},
                        {"time", common.time},
                        {"device", {{"hostname", text(common.workstation)}, {"type_id", 6}}},
                        {"metadata", std::move(metadata)}};
    put(object, "message", common.reason);
    if (common.count > 1)
        object["count"] = common.count;
    if (common.policy)
        object["policy"] = {{"name", text(common.policy->name)},
                            {"version", std::to_string(common.policy->version)},
                            {"uid", text(common.policy->digest)}};
    if (!common.rule.empty())
        object["firewall_rule"] = {{"uid", text(common.rule)}};
    return object;
}

// Attributes that OCSF has no place for.
void put_unmapped(json::object& object, json::object unmapped) {
    if (!unmapped.empty())
        object["unmapped"] = std::move(unmapped);
}

int http_activity_id(std::string_view method) {
    constexpr std::string_view methods[] = {"CONNECT", "DELETE", "GET",   "HEAD", "OPTIONS",
                                            "POST",    "PUT",    "TRACE", "PATCH"};
    const auto* found = std::ranges::find(methods, method);
    return found == std::end(methods) ? 99 : static_cast<int>(found - std::begin(methods)) + 1;
}

json::object url_object(std::string_view url) {
    const auto parts = split_url(url);
    json::object object{{"hostname", text(parts.host)}, {"path", text(parts.path)}, {"scheme", text(parts.scheme)}};
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(parts.port.data(), parts.port.data() + parts.port.size(), port);
    if (!parts.port.empty() && problem == std::errc() && end == parts.port.data() + parts.port.size())
        object["port"] = port;
    return object;
}

json::object resource(const Resource& what) {
    json::object object{{"type", text(what.type)}, {"name", text(what.name)}};
    put(object, "uid", what.uid);
    if (!what.change.empty())
        object["data"] = {{"change", text(what.change)}};
    return object;
}

}  // namespace

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

json::object event(const NetworkActivity& what) {
    auto object = base(what.common, 4001, static_cast<int>(what.step));
    object["src_endpoint"] = endpoint(what.source);
    object["dst_endpoint"] = endpoint(what.destination);
    object["connection_info"] = {{"direction_id", 2}, {"protocol_name", text(what.protocol)}};
    object["traffic"] = {{"bytes_in", count(what.bytes_in)}, {"bytes_out", count(what.bytes_out)}};
    return object;
}

json::object event(const HttpActivity& what) {
    auto object = base(what.common, 4002, http_activity_id(what.method));
    object["src_endpoint"] = endpoint(what.source);
    object["dst_endpoint"] = endpoint(what.destination);
    json::object request{{"http_method", text(what.method)}, {"url", url_object(what.url)}};
    if (what.body_bytes)
        request["body_length"] = count(*what.body_bytes);
    object["http_request"] = std::move(request);
    json::object unmapped;
    put(unmapped, "credential", what.credential);
    if (what.end) {
        object["traffic"] = {{"bytes", count(what.end->bytes_in + what.end->bytes_out)},
                             {"bytes_in", count(what.end->bytes_in)},
                             {"bytes_out", count(what.end->bytes_out)}};
        if (what.end->status != 0)
            object["http_response"] = {{"code", what.end->status}};
        object["duration"] = what.end->milliseconds;
        unmapped["query_bytes"] = count(what.end->query_bytes);
    }
    put_unmapped(object, std::move(unmapped));
    return object;
}

json::object event(const DnsActivity& what) {
    auto object = base(what.common, 4003, 6);
    object["src_endpoint"] = endpoint(what.source);
    object["query"] = {{"hostname", text(what.name)}, {"type", text(what.type)}, {"class", "IN"}};
    object["rcode_id"] = what.rcode;
    json::array answers;
    for (std::size_t i = 0; i < std::min(what.answers.size(), kMaxResources); ++i)
        answers.push_back({{"rdata", text(what.answers[i])}, {"type", text(what.type)}, {"class", "IN"}});
    if (!answers.empty())
        object["answers"] = std::move(answers);
    return object;
}

json::object event(const ApiActivity& what) {
    constexpr int kOther = 99;
    auto object = base(what.common, 6003, what.activity_id);
    if (what.activity_id == kOther)
        object["activity_name"] = text(what.operation);
    object["actor"] = {{"user", {{"name", text(what.actor)}}}};
    object["api"] = {{"operation", text(what.operation)}, {"service", {{"name", text(what.destination.name)}}}};
    object["src_endpoint"] = endpoint(what.source);
    object["dst_endpoint"] = endpoint(what.destination);
    json::array resources;
    for (std::size_t i = 0; i < std::min(what.resources.size(), kMaxResources); ++i)
        resources.push_back(resource(what.resources[i]));
    object["resources"] = std::move(resources);
    json::object unmapped{{"resources_total", count(what.resources.size())}, {"body_bytes", count(what.body_bytes)}};
    put(unmapped, "body_sha256", what.body_sha256);
    put(unmapped, "credential", what.credential);
    put(unmapped, "action_sha256", what.action_sha256);
    put_unmapped(object, std::move(unmapped));
    return object;
}

json::object event(const Approval& what) {
    auto object = base(what.common, 3003, 1);
    object["user"] = {{"name", what.by.empty() ? std::string("nobody") : text(what.by)}};
    object["privileges"] = {text(what.request)};
    object["authorizations"] = {
        json::object{{"decision", what.common.outcome == Outcome::approved ? "approved" : "rejected"}}};
    json::object unmapped{{"request", text(what.request)}, {"action_sha256", text(what.action_sha256)}};
    // Never shortened: a cut action record could not be verified, and would only look as if it could.
    if (!what.action.empty() && what.action.size() <= kMaxAction && clean_text(what.action, kMaxAction) == what.action)
        unmapped["action"] = what.action;
    if (what.assertion)
        unmapped["assertion"] = {{"credential_id", what.assertion->credential_id},
                                 {"client_data_json", what.assertion->client_data_json},
                                 {"authenticator_data", what.assertion->authenticator_data},
                                 {"signature", what.assertion->signature},
                                 {"public_key", what.assertion->public_key}};
    put_unmapped(object, std::move(unmapped));
    return object;
}

json::object event(const Lifecycle& what) {
    auto object = base(what.common, 6002, what.started ? 3 : 4);
    object["app"] = {{"name", text(what.program)}, {"vendor_name", "Anchorhold"}};
    return object;
}

json::object event(const ProfileChange& what) {
    auto object = base(what.common, 5019, 1);
    object["state_id"] = what.loaded ? 2 : 99;
    object["state"] = what.loaded ? "Enabled" : "Refused";
    return object;
}

json::object event(const PasskeyEnrolment& what) {
    auto object = base(what.common, 3004, 6);
    object["entity"] = {{"type", "passkey"}, {"name", text(what.name)}, {"uid", text(what.credential_id)}};
    return object;
}

}  // namespace anchorhold::audit
