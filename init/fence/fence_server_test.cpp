#include "init/fence/fence_server.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "init/services/sockets.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

// A listener and a connected client on a path of this process' own.
struct Bench {
    std::string path = "/tmp/init-fence-" + std::to_string(getpid());
    Result<EventLoop> loop = EventLoop::create();
    std::vector<std::function<void()>> pauses;
    Timers timers{[this](std::chrono::microseconds, std::function<void()> fire) {
                      pauses.push_back(std::move(fire));
                      return Result<Watch>(Watch());
                  },
                  [](const Error&) {}};
    std::vector<Error> told;
    UniqueFd listener;
    UniqueFd client;
    std::optional<fw::OpenRequest> asked;
    std::unique_ptr<FenceServer> server;

    explicit Bench(uid_t only) {
        unlink(path.c_str());
        auto made = make_socket({"fence", SocketKind::unix_packets, path});
        REQUIRE(made);
        listener = std::move(*made);
        auto served = FenceServer::create(*loop, timers, listener.get(), only,
                                          {.open =
                                               [this](const fw::OpenRequest& request) {
                                                   asked = request;
                                                   return fw::OpenReply{EPERM};
                                               },
                                           .failed = [this](const Error& error) { told.push_back(error); }});
        REQUIRE(served);
        server = std::move(*served);
        client.reset(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        REQUIRE(connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() { unlink(path.c_str()); }

    void turn() {
        for (int i = 0; i < 4; ++i)
            sd_event_run(loop->raw(), 0);
    }
    // Nothing when no answer is there or the connection has ended.
    std::optional<fw::OpenReply> answer_to(const void* packet, std::size_t size) {
        if (send(client.get(), packet, size, MSG_NOSIGNAL) < 0)
            return std::nullopt;
        turn();
        fw::OpenReply reply = 0;
        if (recv(client.get(), &reply, sizeof reply, 0) != sizeof reply)
            return std::nullopt;
        return reply;
    }
};

fw::OpenRequest request() {
    fw::OpenRequest out{};
    out.family = AF_INET;
    out.port = 443;
    out.seconds = 60;
    return out;
}

}  // namespace

TEST_CASE("egress' request reaches the fence and its errno comes back") {
    Bench bench(geteuid());
    bench.turn();
    const auto wanted = request();
    CHECK(bench.answer_to(&wanted, sizeof wanted) == EPERM);
    REQUIRE(bench.asked);
    CHECK(std::memcmp(&*bench.asked, &wanted, sizeof wanted) == 0);
    CHECK(bench.answer_to(&wanted, sizeof wanted) == EPERM);
}

TEST_CASE("a packet of another size or with a field out of its bounds is refused and never reaches the fence") {
    Bench bench(geteuid());
    bench.turn();
    const std::string bytes(64, 'x');
    for (const std::size_t size :
         {std::size_t{1}, sizeof(fw::OpenRequest) - 1, sizeof(fw::OpenRequest) + 1, bytes.size()})
        CHECK(bench.answer_to(bytes.data(), size) == EBADMSG);
    auto wrong = request();
    wrong.port = 0;
    CHECK(bench.answer_to(&wrong, sizeof wrong) == EINVAL);
    CHECK_FALSE(bench.asked);
}

TEST_CASE("another user is not heard") {
    Bench bench(geteuid() + 1);
    const auto wanted = request();
    send(bench.client.get(), &wanted, sizeof wanted, MSG_NOSIGNAL);
    bench.turn();
    CHECK_FALSE(bench.asked);
    CHECK_FALSE(bench.answer_to(&wanted, sizeof wanted));
}

TEST_CASE("a connection that cannot be accepted is told once, tried again after a pause, and served then") {
    Bench bench(geteuid());
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    // No further descriptor: the listener stays readable, and accept4 fails with EMFILE.
    const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    // Nothing is checked meanwhile, since UBSan needs descriptors too.
    bench.turn();
    const std::size_t pauses = bench.pauses.size();
    if (pauses > 0)
        bench.pauses.back()();
    bench.turn();
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(pauses == 1);  // not once a turn
    CHECK(bench.pauses.size() == 2);
    REQUIRE(bench.told.size() == 1);
    CHECK(bench.told[0].number == EMFILE);
    bench.pauses.back()();
    bench.turn();
    const auto wanted = request();
    CHECK(bench.answer_to(&wanted, sizeof wanted) == EPERM);
}
