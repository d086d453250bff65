#include "base/event_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "base/unique_fd.hpp"

using namespace anchorhold;

TEST_CASE("a readable pipe, a timer and a signal all reach their handlers") {
    auto loop = EventLoop::create();
    REQUIRE(loop);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    int seen = 0;
    const auto done = [&] {
        if (++seen == 3)
            loop->stop(7);
    };

    const auto timer = loop->after(std::chrono::milliseconds(1), done);
    const auto signal = loop->on_signal(SIGUSR1, [&](int number) {
        CHECK(number == SIGUSR1);
        done();
    });
    const auto io = loop->on_io(reader.get(), EPOLLIN, [&](std::uint32_t) {
        char c = 0;
        CHECK(read(reader.get(), &c, 1) == 1);
        done();
    });
    REQUIRE((timer && signal && io));
    REQUIRE(write(writer.get(), "x", 1) == 1);
    REQUIRE(kill(getpid(), SIGUSR1) == 0);
    CHECK(loop->run() == 7);
}

TEST_CASE("a handler may end its own watch") {
    auto loop = EventLoop::create();
    REQUIRE(loop);
    Watch watch;
    auto made = loop->after(std::chrono::microseconds(1), [&] {
        watch = Watch();
        loop->stop(0);
    });
    REQUIRE(made);
    watch = std::move(*made);
    CHECK(loop->run() == 0);
    CHECK_FALSE(watch);
}
