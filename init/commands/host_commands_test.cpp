#include "init/commands/host_commands.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Heard {
    int restarts = 0;
    std::vector<std::string> unknown;
};

// What is heard when the host says each of these in a write of its own.
Heard heard(const std::vector<std::string>& said) {
    Heard heard;
    auto loop = EventLoop::create();
    REQUIRE(loop);
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0);
    const UniqueFd host(ends[1]);
    const auto commands =
        HostCommands::listen(*loop, UniqueFd(ends[0]),
                             {.command = [&](HostCommand) { ++heard.restarts; },
                              .unknown = [&](std::string_view line) { heard.unknown.emplace_back(line); }});
    REQUIRE(commands);
    std::vector<Watch> timers;
    std::chrono::milliseconds at{1};
    for (const std::string& bytes : said) {
        auto timer = loop->after(at, [&host, bytes] { CHECK(write(host.get(), bytes.data(), bytes.size()) > 0); });
        REQUIRE(timer);
        timers.push_back(std::move(*timer));
        at += std::chrono::milliseconds(20);
    }
    const auto end = loop->after(at, [&] { loop->stop(0); });
    REQUIRE(end);
    CHECK(loop->run() == 0);
    return heard;
}

}  // namespace

TEST_CASE("a host's command is the word alone") {
    CHECK(parse_host_command("restart-cell") == HostCommand::restart_cell);
    CHECK(parse_host_command("restart-cell\r") == HostCommand::restart_cell);
    for (const char* other : {"", "\r", "restart", "restart-cell ", " restart-cell", "RESTART-CELL", "restart-cells"}) {
        INFO(other);
        CHECK_FALSE(parse_host_command(other));
    }
}

TEST_CASE("host commands come a line each, in however many pieces") {
    CHECK(heard({"restart-cell\n"}).restarts == 1);
    CHECK(heard({"rest", "art-cell", "\nrestart-cell\n"}).restarts == 2);
    CHECK(heard({"restart-cell"}).restarts == 0);
}

TEST_CASE("what is no host command is told, cut, and the next line counts again") {
    const Heard after = heard({"reboot\n", "\n" + std::string(5000, 'x'), "x\nrestart-cell\n"});
    CHECK(after.restarts == 1);
    CHECK(after.unknown == std::vector<std::string>{"reboot", std::string(HostCommands::kMaxLine, 'x')});
}

TEST_CASE("an overlong line is no host command, whatever it begins with") {
    CHECK(heard({"restart-cell" + std::string(100, '\r') + "\n"}).restarts == 0);
}
