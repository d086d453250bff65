#include "shield/egress/upstream/upstream_names.hpp"

#include <ares.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/freed.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::chrono::milliseconds kTick{200};
constexpr std::size_t kMaxKnown = 1024;

asio::ip::address to_address(const sockaddr& from) {
    if (from.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &from, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes);
}

struct Answer {
    int status = ARES_ECANCELLED;
    std::vector<asio::ip::address> addresses;
    int ttl = 0;
};

}  // namespace

// c-ares' sockets on the loop. They are c-ares' own: released, never closed here.
struct UpstreamNames::Engine {
    explicit Engine(Executor on) : executor(on) {}
    ~Engine() {
        channel.reset();
        for (auto& [fd, socket] : sockets)
            socket->release();
    }

    void watch(ares_socket_t fd, bool readable, bool writable) {
        const auto known = sockets.find(fd);
        if (!readable && !writable) {
            if (known != sockets.end()) {
                known->second->cancel();
                known->second->release();
                sockets.erase(known);
            }
            return;
        }
        if (known == sockets.end()) {
            auto socket = std::make_shared<Descriptor>(executor, fd);
            sockets[fd] = socket;
            wait(fd, socket, Descriptor::wait_read);
        }
        if (writable)
            wait(fd, sockets[fd], Descriptor::wait_write);
    }
    void wait(ares_socket_t fd, const std::shared_ptr<Descriptor>& socket, Descriptor::wait_type what) {
        socket->async_wait(what, [this, fd, socket, what](const boost::system::error_code& problem) {
            const auto known = sockets.find(fd);
            if (problem || known == sockets.end() || known->second != socket)
                return;
            const bool read = what == Descriptor::wait_read;
            ares_process_fd(channel.get(), read ? fd : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : fd);
            if (const auto still = sockets.find(fd); read && still != sockets.end() && still->second == socket)
                wait(fd, socket, what);
        });
    }
    Task<> tick() {
        Timer timer(executor);
        while (asked > 0) {
            timer.expires_after(kTick);
            (void)co_await timer.async_wait(kAwait);
            ares_process_fd(channel.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        }
        ticking = false;
    }

    Executor executor;
    std::map<ares_socket_t, std::shared_ptr<Descriptor>> sockets;
    Owned<ares_channel_t, ares_destroy> channel;
    int asked = 0;
    bool ticking = false;
};

UpstreamNames::UpstreamNames(Executor executor, std::unique_ptr<Engine> engine)
    : executor_(executor), engine_(std::move(engine)) {}
UpstreamNames::~UpstreamNames() = default;

Result<std::unique_ptr<UpstreamNames>> UpstreamNames::create(Executor executor, const std::string& servers) {
    auto engine = std::make_unique<Engine>(executor);
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = static_cast<int>(kResolverTry.count());
    options.tries = 3;
    std::string lookups = "b";          // no hosts file
    std::string nothing = "/dev/null";  // no resolv.conf, which is the agent's
    options.lookups = lookups.data();
    options.resolvconf_path = nothing.data();
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<Engine*>(self)->watch(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = engine.get();
    ares_channel_t* channel = nullptr;
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status == ARES_SUCCESS)
        status = ares_init_options(&channel, &options,
                                   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                       ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB);
    engine->channel.reset(channel);
    std::string list = servers;
    std::ranges::replace(list, ' ', ',');
    if (status == ARES_SUCCESS && !list.empty())
        status = ares_set_servers_ports_csv(channel, list.c_str());
    if (status != ARES_SUCCESS)
        return fail("set up resolver for", servers, 0, ares_strerror(status));
    return std::unique_ptr<UpstreamNames>(new UpstreamNames(executor, std::move(engine)));
}

Task<Result<UpstreamAddresses>> UpstreamNames::resolve(std::string name) {
    const auto now = Clock::now();
    if (const auto known = known_.find(name); known != known_.end() && now < known->second.until)
        co_return known->second;

    struct Waiting {
        explicit Waiting(Executor executor) : done(executor) {}
        Signal done;
        Answer answer;
    };
    // c-ares keeps the pointer until it has called back, which it does before it is destroyed.
    const auto waiting = std::make_shared<Waiting>(executor_);
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;
    ++engine_->asked;
    if (!engine_->ticking) {
        engine_->ticking = true;
        spawn(executor_, engine_->tick());
    }
    ares_getaddrinfo(
        engine_->channel.get(), name.c_str(), nullptr, &hints,
        [](void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
            const std::unique_ptr<std::shared_ptr<Waiting>> held(static_cast<std::shared_ptr<Waiting>*>(argument));
            const Owned<ares_addrinfo, ares_freeaddrinfo> list(result);
            Answer& answer = (*held)->answer;
            answer.status = status;
            answer.ttl = static_cast<int>(kMaxNameKept.count());
            for (const auto* node = result == nullptr ? nullptr : result->nodes; node != nullptr; node = node->ai_next)
                if (node->ai_family == AF_INET || node->ai_family == AF_INET6) {
                    answer.addresses.push_back(to_address(*node->ai_addr));
                    answer.ttl = std::min(answer.ttl, node->ai_ttl);
                }
            (*held)->done.set();
        },
        new std::shared_ptr<Waiting>(waiting));
    co_await waiting->done.wait();
    --engine_->asked;

    const Answer& answer = waiting->answer;
    if (answer.status != ARES_SUCCESS || answer.addresses.empty())
        co_return fail("resolve", name, 0, answer.status == ARES_SUCCESS ? "no address" : ares_strerror(answer.status));
    UpstreamAddresses found;
    found.addresses = answer.addresses;
    found.until = now + std::max(kMinNameKept, std::chrono::seconds(answer.ttl));
    if (known_.size() >= kMaxKnown)
        known_.clear();
    known_[name] = found;
    co_return found;
}

}  // namespace anchorhold::egress
