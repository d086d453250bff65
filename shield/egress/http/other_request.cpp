#include "shield/egress/http/other_request.hpp"

#include <algorithm>
#include <array>
#include <expected>
#include <ranges>
#include <vector>

#include "base/ascii.hpp"
#include "base/controls.hpp"
#include "shield/http/negotiation.hpp"
#include "shield/http/request_names.hpp"
#include "shield/profile/match.hpp"
#include "shield/profile/request_path.hpp"
#include "shield/profile/url.hpp"

namespace anchorhold::egress {
namespace {

using profile::Decision;
using profile::HttpRequest;
using profile::Profile;
using profile::Verdict;

// Whether what is judged so may ride along with what `decision` lets through.
bool rides_along(const Decision& decision, const Decision& other) {
    if (other.verdict == Verdict::deny || (other.verdict == Verdict::ask && decision.verdict == Verdict::allow))
        return false;
    return other.rule->credential == decision.rule->credential;
}

std::string_view first_part(std::string_view path) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    return path.substr(0, path.find('/'));
}

// The targets on this host that such a field may mean, or why it is refused.
std::expected<std::vector<std::string>, std::string> targets_of(const Field& field, const HttpRequest& request) {
    const std::string_view value = field.value;
    if (value.contains("://")) {
        const auto url = profile::read_url(value);
        if (!url)
            return std::unexpected("names a URL that " + url.error());
        if (!equal_ignoring_case(url->host, request.host) || url->port != request.port)
            return std::unexpected("names another host than that of this request");
        return std::vector{url->target};
    }
    const std::string target = (value.starts_with('/') ? "" : "/") + std::string(value);
    if (equal_ignoring_case(field.name, "Destination") || !lower(field.name).ends_with("copy-source"))
        return std::vector{target};
    // An object store's "bucket/key": the bucket is the first part of paths, or of the host's name.
    const std::string_view bucket = first_part(target);
    if (bucket == first_part(request.target->path))
        return std::vector{target};
    if (!request.host.starts_with(std::string(bucket) + "."))
        return std::unexpected("names another bucket than that of this request");
    const std::size_t key = std::min(target.find('/', 1), target.size());
    return std::vector{target, key == target.size() ? "/" : target.substr(key)};
}

std::optional<Objection> objection_to_target(const Field& field, const Profile& profile, const HttpRequest& request,
                                             const Decision& decision) {
    const auto targets = targets_of(field, request);
    if (!targets)
        return Objection{403, std::string(field.name) + " " + targets.error()};
    for (const std::string& target : *targets) {
        const auto read = profile::read_target(target);
        const Decision other = decide(profile, HttpRequest{request.host, request.port, request.method, read});
        if (rides_along(decision, other))
            continue;
        if (other.verdict == Verdict::deny)
            return Objection{403, std::string(field.name) + " names a second path: " + other.reason};
        return Objection{403, std::string(field.name) + " names a second path, which rule " + other.rule->id +
                                  " judges differently than rule " + decision.rule->id + " judges the first"};
    }
    return std::nullopt;
}

// "text/plain, text/html"; not within a quoted parameter.
bool names_two_types(std::string_view value) {
    value = value.substr(0, value.find('"'));
    const std::size_t comma = value.find(',');
    return comma != std::string_view::npos && value.find('/', comma) != std::string_view::npos;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
    return out;
}

bool is_judged_alike(const Profile& profile, HttpRequest request, std::string_view method, const Decision& decision) {
    return rides_along(decision, decide(profile, HttpRequest{request.host, request.port, method, request.target}));
}

}  // namespace

std::optional<Objection> objection_to(const RequestHead& head, profile::GitService service) {
    if (guard_off("overrides"))
        return std::nullopt;
    const Field* type = head.find(FieldId::content_type);
    for (const Field& field : head.fields()) {
        if (field.id == FieldId::content_type && (field.value != type->value || names_two_types(field.value)))
            return Objection{400, "this request names two content types, and servers choose differently; send one"};
        const FieldClass kind = field_class(field);
        if (kind == FieldClass::other_request)
            return Objection{400,
                             std::string(field.name) + " would make another request of this one; send that instead"};
        if (kind == FieldClass::other_target && service != profile::GitService::none)
            return Objection{400, "a request of git's has no " + std::string(field.name)};
    }
    return std::nullopt;
}

std::optional<Objection> objection_to(const RequestHead& head, const Profile& profile, const HttpRequest& request,
                                      const Decision& decision) {
    if (guard_off("overrides") || decision.rule == nullptr)
        return std::nullopt;
    for (const Field& field : head.fields()) {
        if (field_class(field) != FieldClass::other_target)
            continue;
        if (auto objection = objection_to_target(field, profile, request, decision))
            return objection;
    }
    for (const Parameter& parameter : query_parameters(head.target)) {
        if (names_method(parameter.name) &&
            !is_judged_alike(profile, request, upper(profile::decoded(parameter.value)), decision))
            return Objection{400, "the query's " + profile::shown(parameter.name) +
                                      " would make another method of this one, which is judged differently; send that "
                                      "instead"};
        if (!decision.rule->credential.empty() && names_login(parameter.name))
            return Objection{400, "the query's " + profile::shown(parameter.name) +
                                      " is a second way to log in beside credential " + decision.rule->credential +
                                      ", which is placed here; leave it out"};
    }
    return std::nullopt;
}

FormKind watched_as(const RequestHead& head, const Profile& profile, const HttpRequest& request,
                    const Decision& decision) {
    if (guard_off("overrides") || head.method != "POST" || head.body.kind == BodyKind::none || decision.rule == nullptr)
        return FormKind::none;
    const Field* type = head.find(FieldId::content_type);
    const FormKind kind = form_kind(type == nullptr ? std::string_view{} : type->value);
    if (kind == FormKind::none)
        return kind;
    // Every method that some rule of this host speaks of, and one that none does.
    const auto alike = [&](std::string_view method) { return is_judged_alike(profile, request, method, decision); };
    for (const profile::Rule& rule : profile.rules)
        if (rule.host == decision.rule->host && !std::ranges::all_of(rule.methods, alike))
            return kind;
    return alike("OTHER") ? FormKind::none : kind;
}

std::optional<Objection> objection_to(const RequestHead& head, FormKind form) {
    if (form == FormKind::none || coding_of(head) == Coding::identity)
        return std::nullopt;
    return Objection{415,
                     "a form in a Content-Encoding cannot be searched for a field that makes another method of this "
                     "request, which is judged differently; send it plain"};
}

}  // namespace anchorhold::egress
