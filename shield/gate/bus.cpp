#include "shield/gate/bus.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace anchorhold::gate {
namespace {

// One that stays longer only takes a place from others; a client connects again in no time.
constexpr std::chrono::seconds kLongestVisit{60};

struct UnrefBus {
    void operator()(sd_bus* bus) const noexcept { sd_bus_close_unref(bus); }
};
struct UnrefMessage {
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using MessagePtr = std::unique_ptr<sd_bus_message, UnrefMessage>;

MessagePtr reply_to(sd_bus_message* call) {
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    return MessagePtr(reply);
}

}  // namespace

struct Bus::Client {
    Bus* owner = nullptr;
    std::string name;  // what Hello answers
    std::unique_ptr<sd_bus, UnrefBus> bus;
    Watch visit;
};

namespace {

int on_status(sd_bus_message* call, void* data, sd_bus_error*);
int on_why(sd_bus_message* call, void* data, sd_bus_error*);
int get_version(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void*, sd_bus_error*) {
    return sd_bus_message_append(reply, "s", "1");
}

// A client that takes us for a broker introduces itself first.
int on_hello(sd_bus_message* call, void* data, sd_bus_error*) {
    return sd_bus_reply_method_return(call, "s", static_cast<Bus::Client*>(data)->name.c_str());
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wpedantic"
const sd_bus_vtable kGateTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Status", SD_BUS_NO_ARGS,
                            SD_BUS_RESULT("s", profile, "t", version, "s", state, "s", detail, "as", pending),
                            on_status, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Why", SD_BUS_ARGS("s", method, "s", url),
                            SD_BUS_RESULT("s", verdict, "s", rule, "s", reason), on_why, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};
const sd_bus_vtable kBrokerTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Hello", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", name), on_hello, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};
#pragma GCC diagnostic pop

}  // namespace

Bus::Bus(EventLoop& loop, UniqueFd listener, Answers answers)
    : loop_(loop), listener_(std::move(listener)), answers_(std::move(answers)) {}

Bus::~Bus() = default;

Result<std::unique_ptr<Bus>> Bus::serve(EventLoop& loop, UniqueFd listener, Answers answers) {
    std::unique_ptr<Bus> made(new Bus(loop, std::move(listener), std::move(answers)));
    auto accepting = loop.on_io(made->listener_.get(), EPOLLIN, [it = made.get()](std::uint32_t) { it->accept(); });
    if (!accepting)
        return std::unexpected(accepting.error());
    made->accepting_ = std::move(*accepting);
    return made;
}

void Bus::accept() {
    UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || clients_.size() >= kMostConnections)
        return;
    auto client = std::make_unique<Client>();
    client->owner = this;
    client->name = ":1." + std::to_string(next_name_++);
    sd_bus* bus = nullptr;
    sd_id128_t id{};
    if (sd_bus_new(&bus) < 0)
        return;
    client->bus.reset(bus);
    if (sd_id128_randomize(&id) < 0 || sd_bus_set_server(bus, 1, id) < 0 || sd_bus_set_anonymous(bus, 0) < 0 ||
        sd_bus_set_fd(bus, fd.get(), fd.get()) < 0)
        return;
    static_cast<void>(fd.release());  // the bus closes it
    auto visit = loop_.after(kLongestVisit, [this, it = client.get()] { end(it); });
    const auto disconnected = [](sd_bus_message*, void* data, sd_bus_error*) {
        auto* const gone = static_cast<Client*>(data);
        // Not at once: the bus is still dispatching this very message.
        auto later = gone->owner->loop_.after(std::chrono::microseconds(0), [gone] { gone->owner->end(gone); });
        if (later)
            gone->visit = std::move(*later);
        return 0;
    };
    // Below egress and the console: however much the agent asks, they are served first.
    if (!visit || sd_bus_add_object_vtable(bus, nullptr, kBusPath, kBusInterface, kGateTable, &answers_) < 0 ||
        sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/DBus", "org.freedesktop.DBus", kBrokerTable,
                                 client.get()) < 0 ||
        sd_bus_match_signal(bus, nullptr, nullptr, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                            "Disconnected", disconnected, client.get()) < 0 ||
        sd_bus_start(bus) < 0 || sd_bus_attach_event(bus, loop_.raw(), SD_EVENT_PRIORITY_IDLE) < 0)
        return;
    client->visit = std::move(*visit);
    clients_.push_back(std::move(client));
}

void Bus::end(const Client* client) {
    clients_.remove_if([&](const auto& other) { return other.get() == client; });
}

namespace {

int on_status(sd_bus_message* call, void* data, sd_bus_error*) {
    const BusStatus status = static_cast<const Bus::Answers*>(data)->status();
    const auto reply = reply_to(call);
    if (!reply ||
        sd_bus_message_append(reply.get(), "stss", status.profile.c_str(), status.version, status.state.c_str(),
                              status.detail.c_str()) < 0 ||
        sd_bus_message_open_container(reply.get(), 'a', "s") < 0)
        return -ENOMEM;
    for (const auto& line : status.pending) {
        if (sd_bus_message_append(reply.get(), "s", line.c_str()) < 0)
            return -EINVAL;
    }
    if (const int r = sd_bus_message_close_container(reply.get()); r < 0)
        return r;
    return sd_bus_message_send(reply.get());
}

int on_why(sd_bus_message* call, void* data, sd_bus_error*) {
    const char* method = nullptr;
    const char* url = nullptr;
    if (const int r = sd_bus_message_read(call, "ss", &method, &url); r < 0)
        return r;
    const BusWhy why = static_cast<const Bus::Answers*>(data)->why(method, url);
    return sd_bus_reply_method_return(call, "sss", why.verdict.c_str(), why.rule.c_str(), why.reason.c_str());
}

}  // namespace

}  // namespace anchorhold::gate
