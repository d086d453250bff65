// The channel to gate against a gatekeeper that comes, talks, and goes.
#include "shield/agent_api/gate_link.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <vector>

using namespace anchorhold;
using namespace anchorhold::agent_api;

namespace {

struct Bench {
    std::string path = std::filesystem::temp_directory_path() / ("agent-api-gate-" + std::to_string(getpid()));
    EventLoop loop = std::move(*EventLoop::create());
    std::vector<json::object> heard;
    int downs = 0;
    bool understands = true;
    GateLink link{loop,
                  path,
                  {.message = [this](const json::object& message) -> Result<> {
                       if (!understands)
                           return fail("understand", "message", 0);
                       heard.push_back(message);
                       return {};
                   },
                   .down = [this] { ++downs; }}};

    ~Bench() { unlink(path.c_str()); }
    void run_until(const std::function<bool()>& done) {
        for (int i = 0; i < 200 && !done(); ++i)
            sd_event_run(loop.raw(), 50'000);
        REQUIRE(done());
    }
    UniqueFd accepted(const UniqueFd& listener) {
        UniqueFd peer;
        run_until([&] {
            if (auto fd = accept_channel(listener.get()))
                peer = std::move(*fd);
            return static_cast<bool>(peer);
        });
        return peer;
    }
    json::object said_to(const UniqueFd& peer) {
        json::object message;
        run_until([&] {
            auto received = receive_message(peer.get());
            if (received && *received)
                message = std::move(**received);
            return !message.empty();
        });
        return message;
    }
};

}  // namespace

TEST_CASE("it watches whichever gatekeeper listens, and says when it is gone") {
    Bench bench;
    bench.link.start();
    CHECK(bench.downs == 1);
    auto listener = listen_channel(bench.path);
    REQUIRE(listener);
    {
        const auto gate = bench.accepted(*listener);
        CHECK(bench.said_to(gate) == json::object{{"type", "watch"}});
        REQUIRE(send_message(gate.get(), {{"type", "status"}, {"n", 1}}));
        REQUIRE(send_message(gate.get(), {{"type", "status"}, {"n", 2}}));
        bench.run_until([&] { return bench.heard.size() == 2; });
        bench.downs = 0;
    }
    bench.run_until([&] { return bench.downs == 1; });
    const auto again = bench.accepted(*listener);
    CHECK(bench.said_to(again) == json::object{{"type", "watch"}});
}

TEST_CASE("what it cannot understand ends the connection, and it connects again") {
    Bench bench;
    auto listener = listen_channel(bench.path);
    REQUIRE(listener);
    bench.link.start();
    const auto gate = bench.accepted(*listener);
    bench.understands = false;
    REQUIRE(send_message(gate.get(), {{"type", "lease"}}));
    bench.run_until([&] { return bench.downs == 1; });
    const auto again = bench.accepted(*listener);
    CHECK(bench.said_to(again) == json::object{{"type", "watch"}});
}
