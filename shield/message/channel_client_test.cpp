#include "shield/message/channel_client.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <functional>
#include <vector>

using namespace anchorhold;

namespace {

// A client, and the other end of its channel as far as the test plays it.
struct Bench {
    EventLoop loop = EventLoop::create().value();
    std::string path = std::filesystem::temp_directory_path() / ("channel-client-" + std::to_string(getpid()));
    UniqueFd listener;
    std::vector<std::string> seen;
    ChannelClient client{loop,
                         path,
                         {.up = [this] { seen.emplace_back("up"); },
                          .message = [this](const json::object& message) -> Result<> {
                              seen.push_back(message.at("type").as_string().c_str());
                              if (message.at("type") == "nonsense")
                                  return fail("read", "message", EBADMSG);
                              return {};
                          },
                          .down = [this](const std::string& why) { seen.push_back(why.substr(0, why.find(' '))); }}};

    Bench() { unlink(path.c_str()); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() { unlink(path.c_str()); }

    void listen() { listener = listen_channel(path).value(); }
    // Turns the loop until it holds; the bound is on turns, each of which waits for something to happen.
    bool until(const std::function<bool()>& holds) const {
        for (int turns = 0; turns < 1000; ++turns) {
            if (holds())
                return true;
            sd_event_run(loop.raw(), 50'000);
        }
        return false;
    }
    UniqueFd accept() const {
        UniqueFd end;
        until([&] {
            if (auto fd = accept_channel(listener.get()))
                end = std::move(*fd);
            return static_cast<bool>(end);
        });
        return end;
    }
    [[nodiscard]] bool saw(const std::vector<std::string>& expected) const {
        return until([&] { return seen.size() >= expected.size(); }) && seen == expected;
    }
};

}  // namespace

TEST_CASE("a channel client connects as soon as the peer listens, and again when it is lost") {
    Bench bench;
    bench.client.start();
    CHECK(bench.seen == std::vector<std::string>{"is"});  // is not running
    bench.listen();
    UniqueFd end = bench.accept();
    REQUIRE(end);
    CHECK(bench.seen.back() == "up");
    bench.seen.clear();
    REQUIRE(send_message(end.get(), {{"type", "hello"}}));
    CHECK(bench.saw({"hello"}));
    end.reset();
    end = bench.accept();
    CHECK(bench.saw({"hello", "stopped", "up"}));
    REQUIRE(send_message(end.get(), {{"type", "again"}}));
    CHECK(bench.saw({"hello", "stopped", "up", "again"}));
}

TEST_CASE("a peer that makes no sense is dropped and connected to again") {
    Bench bench;
    bench.listen();
    bench.client.start();
    const UniqueFd end = bench.accept();
    REQUIRE(end);
    REQUIRE(send_message(end.get(), {{"type", "nonsense"}}));
    REQUIRE(send_message(end.get(), {{"type", "never read"}}));
    CHECK(bench.saw({"up", "nonsense", "sent", "up"}));
}

TEST_CASE("what is sent arrives in order, and nothing is sent while there is no peer") {
    Bench bench;
    bench.client.send(packet_of({{"type", "too early"}}).value());
    bench.listen();
    bench.client.start();
    const UniqueFd end = bench.accept();
    REQUIRE(end);
    for (int number = 0; number < 100; ++number)
        bench.client.send(packet_of({{"type", "count"}, {"number", number}}).value());
    for (int number = 0; number < 100; ++number) {
        Result<std::optional<json::object>> got;
        REQUIRE(bench.until([&] {
            got = receive_message(end.get());
            return got || got.error().number != EAGAIN;
        }));
        REQUIRE((got && *got));
        CHECK((*got)->at("number") == number);
    }
    CHECK(bench.client.drained());
}

TEST_CASE("a peer that never reads is lost when too much waits for it") {
    Bench bench;
    bench.listen();
    bench.client.start();
    const UniqueFd end = bench.accept();
    REQUIRE(end);
    const auto packet = packet_of({{"type", "long"}, {"text", std::string(100'000, 'x')}}).value();
    for (std::size_t sent = 0; sent < 2 * ChannelConnection::kMaxQueued; ++sent)
        bench.client.send(packet);
    CHECK(bench.until([&] { return bench.seen.size() >= 2; }));
    CHECK(bench.seen[1] == "stopped");
}
