#include "shield/egress/io/deadlines.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::egress;
using namespace std::chrono_literals;

namespace {

struct Client : Deadlines::Watched {
    using Watched::Watched;
    void interrupt() override { ++interrupted; }
    int interrupted = 0;
};

}  // namespace

TEST_CASE("who is silent for its time is interrupted, once") {
    Deadlines all;
    Client client(all);
    const auto start = Clock::now();
    client.set_deadline(20s);
    for (int second = 1; second < 20; ++second)
        all.look(start + second * 1s);
    CHECK(client.interrupted == 0);
    for (int second = 20; second < 25; ++second)
        all.look(start + second * 1s);
    CHECK(client.interrupted == 1);
    CHECK(client.expired());
}

TEST_CASE("who is slow but alive is not") {
    Deadlines all;
    Client client(all);
    const auto start = Clock::now();
    client.set_deadline(20s);
    for (int second = 1; second < 200; ++second) {
        all.look(start + second * 1s);
        if (second % 15 == 0)
            client.restart();
    }
    CHECK(client.interrupted == 0);
}

TEST_CASE("time in which nobody was served does not count") {
    Deadlines all;
    Client client(all);
    const auto start = Clock::now();
    client.set_deadline(20s);
    for (int look = 1; look < 15; ++look)
        all.look(start + look * 30s);
    CHECK(client.interrupted == 0);
    for (int second = 1; second < 20; ++second)
        all.look(start + 14 * 30s + second * 1s);
    CHECK(client.interrupted == 1);
}

TEST_CASE("a lifted limit stays lifted") {
    Deadlines all;
    Client client(all);
    const auto start = Clock::now();
    client.set_deadline(5s);
    client.set_deadline({});
    client.restart();
    for (int second = 1; second < 100; ++second)
        all.look(start + second * 1s);
    CHECK(client.interrupted == 0);
}
