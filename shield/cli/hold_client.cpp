#include "shield/cli/hold_client.hpp"

#include <systemd/sd-bus.h>

#include <utility>

#include "base/freed.hpp"

namespace anchorhold::cli {
namespace {

constexpr std::uint64_t kPatience = 25'000'000;  // µs, as sd-bus has it: a loaded guest is slow, not without a shield

using BusPtr = Owned<sd_bus, sd_bus_close_unref>;
using MessagePtr = Owned<sd_bus_message, sd_bus_message_unref>;

struct CallError {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CallError() = default;
    CallError(const CallError&) = delete;
    CallError& operator=(const CallError&) = delete;
    ~CallError() { sd_bus_error_free(&error); }
};

std::unexpected<Error> not_there(const std::string& address, int number) {
    return fail("connect to", address, number, "the shield is not running: everything is refused until it is back");
}

Result<BusPtr> connect(const std::string& address) {
    sd_bus* bus = nullptr;
    if (const int r = sd_bus_new(&bus); r < 0)
        return not_there(address, -r);
    BusPtr owned(bus);
    int r = sd_bus_set_address(bus, address.c_str());
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0)
        return not_there(address, -r);
    return owned;
}

struct Reply {
    BusPtr bus;
    MessagePtr message;
};

Result<Reply> call(const std::string& address, const char* method, const std::string* first,
                   const std::string* second) {
    auto bus = connect(address);
    if (!bus)
        return std::unexpected(bus.error());
    sd_bus_message* made = nullptr;
    int r = sd_bus_message_new_method_call(bus->get(), &made, nullptr, agent_api::kBusPath, agent_api::kBusInterface,
                                           method);
    const MessagePtr request(made);
    if (r >= 0 && first != nullptr)
        r = sd_bus_message_append(request.get(), "ss", first->c_str(), second->c_str());
    if (r < 0)
        return fail("call", method, -r, "the words cannot be sent: write them in UTF-8");
    CallError error;
    sd_bus_message* answer = nullptr;
    r = sd_bus_call(bus->get(), request.get(), kPatience, &error.error, &answer);
    if (r < 0)
        return not_there(address, -r);
    return Reply{std::move(*bus), MessagePtr(answer)};
}

std::unexpected<Error> not_understood(const char* method, int number) {
    return fail("read the answer to", method, -number, "hold and the shield are of different versions");
}

}  // namespace

Result<agent_api::BusStatus> ask_status(const std::string& address) {
    const auto reply = call(address, "Status", nullptr, nullptr);
    if (!reply)
        return std::unexpected(reply.error());
    agent_api::BusStatus status;
    const char* profile = nullptr;
    const char* state = nullptr;
    const char* detail = nullptr;
    int r = sd_bus_message_read(reply->message.get(), "stss", &profile, &status.version, &state, &detail);
    if (r >= 0)
        r = sd_bus_message_enter_container(reply->message.get(), 'a', "s");
    if (r < 0)
        return not_understood("Status", r);
    status.profile = profile;
    status.state = state;
    status.detail = detail;
    const char* line = nullptr;
    while ((r = sd_bus_message_read(reply->message.get(), "s", &line)) > 0)
        status.pending.emplace_back(line);
    if (r < 0)
        return not_understood("Status", r);
    return status;
}

Result<agent_api::BusWhy> ask_why(const std::string& address, const std::string& method, const std::string& url) {
    const auto reply = call(address, "Why", &method, &url);
    if (!reply)
        return std::unexpected(reply.error());
    const char* verdict = nullptr;
    const char* rule = nullptr;
    const char* reason = nullptr;
    if (const int r = sd_bus_message_read(reply->message.get(), "sss", &verdict, &rule, &reason); r < 0)
        return not_understood("Why", r);
    return agent_api::BusWhy{verdict, rule, reason};
}

}  // namespace anchorhold::cli
