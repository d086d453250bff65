#include "shield/console/gate_message.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "shield/console/answer.hpp"

namespace anchorhold::console {
namespace {

struct Member {
    std::string_view name;
    json::kind kind;
    std::size_t limit = 0;  // bytes of a string
};

constexpr std::array kCode{Member{"code", json::kind::string, 128}};
constexpr std::array kRegister{Member{"code", json::kind::string, 128}, Member{"name", json::kind::string, 256},
                               Member{"credential", json::kind::object}};
constexpr std::array kRequest{Member{"request", json::kind::string, 128}};
constexpr std::array kApprove{Member{"request", json::kind::string, 128}, Member{"credential", json::kind::object}};
constexpr std::array kDeny{Member{"request", json::kind::string, 128}, Member{"reason", json::kind::string, 800}};

struct Call {
    std::string_view name;
    std::span<const Member> members;
    bool with_origin;
};
constexpr std::array kCalls{
    Call{"register-options", kCode, false},
    Call{"register", kRegister, false},
    Call{"approve-options", kRequest, false},
    Call{"approve", kApprove, true},
    Call{"deny", kDeny, false},
};

std::unexpected<Error> wrong(std::string_view call, std::string_view sentence) {
    return fail("read call", call, 0, sentence);
}

bool fits(const Member& member, const json::object& object) {
    const auto* value = object.if_contains(member.name);
    if (value == nullptr || value->kind() != member.kind)
        return false;
    return !value->is_string() || value->get_string().size() <= member.limit;
}

std::string event_of(const json::object& state) {
    const auto text = canonical(state);
    return text ? "event: state\ndata: " + *text + "\n\n" : std::string{};
}

}  // namespace

Result<json::object> gate_message(std::string_view call, std::int64_t id, std::string_view body,
                                  std::string_view origin) {
    const auto shape = std::ranges::find(kCalls, call, &Call::name);
    if (shape == kCalls.end())
        return wrong(call, "There is no such call.");
    auto value = parse_json(body);
    if (!value || !value->is_object())
        return wrong(call, "The body is not a JSON object.");
    auto& object = value->get_object();
    for (const auto& member : shape->members) {
        if (!fits(member, object))
            return wrong(call, "The member \"" + std::string(member.name) + "\" is missing, malformed or too long.");
    }
    if (object.size() != shape->members.size())
        return wrong(call, "The body has a member that this call does not take.");
    object["type"] = call;
    object["id"] = id;
    if (shape->with_origin)
        object["origin"] = origin;
    if (!canonical(object))
        return wrong(call, "The body holds a number that is not whole.");
    return std::move(object);
}

Reply reply_of(std::string_view call, const json::object& answer) {
    const auto type = text_member(answer, "type");
    if (type && *type == "refused") {
        const auto reason = text_member(answer, "reason");
        return {409, error_json(reason ? *reason : "The gatekeeper refused.")};
    }
    if (type && *type == "done")
        return {200, "{}"};
    if (type && *type == call) {
        json::object rest = answer;
        rest.erase("type");
        rest.erase("id");
        return {200, json::serialize(rest)};
    }
    return {502, error_json("The gatekeeper gave an answer that makes no sense here.")};
}

Result<std::string> state_event(const json::object& state, std::string_view address, std::int64_t now) {
    const auto passkeys = integer_member(state, "passkeys");
    const auto requests = array_member(state, "requests");
    const auto recent = array_member(state, "recent");
    if (!passkeys || !requests || !recent)
        return fail("read state of the gatekeeper", "", 0,
                    (!passkeys   ? passkeys.error()
                     : !requests ? requests.error()
                                 : recent.error())
                        .text());
    const auto* profile = state.if_contains("profile");
    auto event = event_of({{"gate", "up"},
                           {"address", address},
                           {"now", now},
                           {"profile", profile == nullptr ? json::value{} : *profile},
                           {"passkeys", *passkeys},
                           {"requests", **requests},
                           {"recent", **recent}});
    if (event.empty())
        return fail("read state of the gatekeeper", "", 0, "it holds a number that is not whole");
    return event;
}

std::string down_event(std::string_view address, std::int64_t now) {
    return event_of({{"gate", "down"}, {"address", address}, {"now", now}});
}

}  // namespace anchorhold::console
