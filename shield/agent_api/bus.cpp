#include "shield/agent_api/bus.hpp"

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>

#include "base/controls.hpp"
#include "base/freed.hpp"

namespace anchorhold::agent_api {
namespace {

// One that stays longer only takes a place from others; a client connects again in no time.
constexpr std::chrono::seconds kMaxVisit{60};
// One that asks and does not read is let go.
constexpr std::uint64_t kMaxUnread = 8;
constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kMaxUrl = 8UL * 1024;

Bus* the_bus = nullptr;

void make_room() {
    if (the_bus == nullptr || !the_bus->shed())
        throw std::bad_alloc();
}

using MessagePtr = Owned<sd_bus_message, sd_bus_message_unref>;

MessagePtr reply_to(sd_bus_message* call) {
    sd_bus_message* reply = nullptr;
    sd_bus_message_new_method_return(call, &reply);
    return MessagePtr(reply);
}

}  // namespace

struct Bus::Client {
    Bus* owner = nullptr;
    std::string name;  // what Hello answers
    Owned<sd_bus, sd_bus_close_unref> bus;
    Watch visit;
    bool asked = false;  // has called something

    [[nodiscard]] const Answers& answers() const { return owner->answers_; }
    // Not at once: the bus is still dispatching this very message.
    void leave() {
        if (auto later = owner->loop_.after(std::chrono::microseconds(0), [this] { owner->end(this); }))
            visit = std::move(*later);
    }
};

// While sd-bus dispatches to a client, shed() leaves it alone.
class Answering {
  public:
    explicit Answering(const Bus::Client& client) : bus_(*client.owner) { bus_.answering_ = &client; }
    ~Answering() { bus_.answering_ = nullptr; }
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;

  private:
    Bus& bus_;
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

Bus::Bus(EventLoop& loop, Answers answers) : loop_(loop), answers_(std::move(answers)) {
    the_bus = this;
    std::set_new_handler(make_room);
}

Bus::~Bus() {
    the_bus = nullptr;
}

Result<std::unique_ptr<Bus>> Bus::serve(EventLoop& loop, UniqueFd listener, Answers answers) {
    std::unique_ptr<Bus> made(new Bus(loop, std::move(answers)));
    auto acceptor =
        Acceptor::start(loop, std::move(listener), "an agent's program",
                        [it = made.get()](UniqueFd fd, const sockaddr_storage&) { it->accept(std::move(fd)); });
    if (!acceptor)
        return std::unexpected(acceptor.error());
    made->acceptor_ = std::move(*acceptor);
    return made;
}

void Bus::accept(UniqueFd fd) {
    if (clients_.size() >= kMaxConnections) {
        if (guard_off("bus-room"))
            return;
        make_room_for_one();
    }
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
    auto visit = loop_.after(kMaxVisit, [this, it = client.get()] { end(it); });
    const auto disconnected = [](sd_bus_message*, void* data, sd_bus_error*) {
        auto& gone = *static_cast<Client*>(data);
        const Answering answering(gone);
        gone.leave();
        return 0;
    };
    // Below the channel to gate: however much the agent asks, what gate says is read first.
    if (!visit || sd_bus_add_object_vtable(bus, nullptr, kBusPath, kBusInterface, kGateTable, client.get()) < 0 ||
        sd_bus_add_object_vtable(bus, nullptr, "/org/freedesktop/DBus", "org.freedesktop.DBus", kBrokerTable,
                                 client.get()) < 0 ||
        sd_bus_match_signal(bus, nullptr, nullptr, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                            "Disconnected", disconnected, client.get()) < 0 ||
        sd_bus_start(bus) < 0 || sd_bus_attach_event(bus, loop_.raw(), SD_EVENT_PRIORITY_IDLE) < 0)
        return;
    client->visit = std::move(*visit);
    clients_.push_back(std::move(client));
}

// One that has called nothing gives way first, then the one that has been silent for longest: whoever holds places and
// says nothing keeps nobody out.
void Bus::make_room_for_one() {
    const auto silent = std::ranges::find(clients_, false, [](const auto& client) { return client->asked; });
    clients_.erase(silent == clients_.end() ? clients_.begin() : silent);
}

void Bus::heard(const Client* client) {
    const auto at = std::ranges::find(clients_, client, [](const auto& other) { return other.get(); });
    (*at)->asked = true;
    clients_.splice(clients_.end(), clients_, at);
}

bool Bus::shed() {
    return clients_.remove_if([&](const auto& client) { return client.get() != answering_; }) > 0;
}

void Bus::end(const Client* client) {
    clients_.remove_if([&](const auto& other) { return other.get() == client; });
}

namespace {

int answer_status(sd_bus_message* call, const BusStatus& status) {
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

int answer_why(sd_bus_message* call, const Bus::Answers& answers) {
    const char* method = nullptr;
    const char* url = nullptr;
    if (const int r = sd_bus_message_read(call, "ss", &method, &url); r < 0)
        return r;
    if (std::strlen(method) > kMaxMethod || std::strlen(url) > kMaxUrl)
        return -EMSGSIZE;
    const BusWhy why = answers.why(method, url);
    return sd_bus_reply_method_return(call, "sss", why.verdict.c_str(), why.rule.c_str(), why.reason.c_str());
}

// No exception may pass through sd-bus; an error number becomes the client's answer.
int answered(void* data, auto&& answer) {
    auto& client = *static_cast<Bus::Client*>(data);
    const Answering answering(client);
    client.owner->heard(&client);
    try {
        const int done = answer(client.answers());
        std::uint64_t unread = 0;
        if (sd_bus_get_n_queued_write(client.bus.get(), &unread) >= 0 && unread > kMaxUnread)
            client.leave();
        return done;
    } catch (const std::bad_alloc&) {
        return -ENOMEM;
    }
}

int on_status(sd_bus_message* call, void* data, sd_bus_error*) {
    return answered(data, [&](const Bus::Answers& answers) { return answer_status(call, answers.status()); });
}

int on_why(sd_bus_message* call, void* data, sd_bus_error*) {
    return answered(data, [&](const Bus::Answers& answers) { return answer_why(call, answers); });
}

}  // namespace

}  // namespace anchorhold::agent_api
