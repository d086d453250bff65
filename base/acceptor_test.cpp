#include "base/acceptor.hpp"

#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <vector>

namespace anchorhold {
namespace {

using namespace std::chrono_literals;

// A listening unix socket with a name of the kernel's choice: unix(7), "Autobind feature".
struct Listener {
    UniqueFd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    socklen_t size = sizeof address;

    Listener() {
        REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) == 0);
        REQUIRE(listen(fd.get(), 128) == 0);
        REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    }
    [[nodiscard]] UniqueFd connect() const {
        UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
        return client;
    }
};

// At most this many descriptors, until the end of the scope.
class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t most) {
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit fewer{.rlim_cur = most, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &fewer);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("an acceptor takes all that wait") {
    auto loop = EventLoop::create().value();
    Listener listener;
    const std::vector<UniqueFd> clients = [&] {
        std::vector<UniqueFd> made;
        for (int i = 0; i < 100; ++i)
            made.push_back(listener.connect());
        return made;
    }();
    std::size_t taken = 0;
    const auto acceptor = Acceptor::start(loop, std::move(listener.fd), "a test", [&](UniqueFd, const auto& peer) {
        CHECK(peer.ss_family == AF_UNIX);
        if (++taken == clients.size())
            loop.stop(0);
    });
    REQUIRE(acceptor);
    CHECK(loop.run() == 0);
}

TEST_CASE("an acceptor without descriptors pauses and goes on") {
    auto loop = EventLoop::create().value();
    Listener listener;
    const UniqueFd client = listener.connect();
    int turns = 0;
    bool taken = false;
    const auto acceptor = Acceptor::start(loop, std::move(listener.fd), "a test", [&](UniqueFd, const auto&) {
        taken = true;
        loop.stop(0);
    });
    REQUIRE(acceptor);
    // While none is free, the loop turns for its pauses and no more: a spinning one would turn without end. Nothing is
    // checked meanwhile, since UBSan needs descriptors too.
    bool taken_early = false;
    {
        const FewDescriptors few(static_cast<rlim_t>(client.get()) + 1);
        for (; turns < 10 && sd_event_run(loop.raw(), 50'000) > 0; ++turns) {
        }
        taken_early = taken;
    }
    CHECK(turns < 10);
    CHECK_FALSE(taken_early);
    CHECK(loop.run() == 0);
    CHECK(taken);
}

}  // namespace anchorhold
