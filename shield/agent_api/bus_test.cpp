// org.anchorhold.Gate1 in a process of its own, called by hold, by busctl and by whoever sends rubbish.
#include "shield/agent_api/bus.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <sstream>
#include <vector>

#include "base/freed.hpp"
#include "shield/cli/hold_client.hpp"
#include "shield/cli/hold_command.hpp"

using namespace anchorhold;
using namespace anchorhold::agent_api;

namespace {

// Serves canned answers until it goes.
class Served {
  public:
    Served()
        : path_(std::filesystem::temp_directory_path() / ("bus-" + std::to_string(getpid()))),
          listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address = name();
        unlink(path_.c_str());
        REQUIRE(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(listen(listener_.get(), 32) == 0);
        child_ = fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0)
            serve(std::move(listener_));
        listener_.reset();
    }
    ~Served() {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
        unlink(path_.c_str());
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    // As `new` does it.
    void run_out_of_memory() const { REQUIRE(kill(child_, SIGUSR1) == 0); }

    [[nodiscard]] std::string address() const { return "unix:path=" + path_; }
    [[nodiscard]] UniqueFd connect() const {
        UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = name();
        REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }

  private:
    [[nodiscard]] sockaddr_un name() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }
    [[noreturn]] static void serve(UniqueFd listener) {
        auto loop = EventLoop::create();
        auto bus =
            Bus::serve(*loop, std::move(listener),
                       {.status = [] { return BusStatus{"demo", 3, "ready", "all is well", {"7F3A-9K2M push", "b"}}; },
                        .why =
                            [](const std::string& method, const std::string& url) {
                                return BusWhy{method == "DELETE" ? "deny" : "ask", "app-push", method + " " + url};
                            }});
        const auto short_of = loop->on_signal(SIGUSR1, [&](int) { std::get_new_handler()(); });
        (void)loop->run();
        _exit(1);
    }

    std::string path_;
    UniqueFd listener_;
    pid_t child_ = -1;
};

struct Said {
    int status = 0;
    std::string out;
    std::string err;
};
Said hold(const std::string& address, std::vector<std::string_view> words) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run_hold(words, address, out, err);
    return {status, out.str(), err.str()};
}

Said command(const std::string& line) {
    Said said;
    const Owned<FILE, pclose> pipe(popen((line + " 2>&1").c_str(), "r"));
    std::array<char, 4096> buffer{};
    while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe.get()))
        said.out.append(buffer.data(), size);
    return said;
}

}  // namespace

TEST_CASE("hold says what the shield says") {
    const Served served;
    const auto status = hold(served.address(), {"status"});
    CHECK(status.status == cli::kHoldYes);
    CHECK(status.out ==
          "profile  demo, version 3\n"
          "state    ready: all is well\n"
          "waiting  7F3A-9K2M push\n"
          "         b\n");
    CHECK(hold(served.address(), {"status", "--json"}).out ==
          R"({"profile":"demo","version":3,"state":"ready","detail":"all is well","pending":["7F3A-9K2M push","b"]})"
          "\n");
    CHECK(hold(served.address(), {"why", "https://x.test/"}).out == "ask: GET https://x.test/\n");
    const auto deny = hold(served.address(), {"why", "DELETE", "https://x.test/", "--json"});
    CHECK(deny.status == cli::kHoldNo);
    CHECK(deny.out.contains(R"("verdict":"deny")"));
    CHECK(hold(served.address(), {"why", "\xff"}).status == cli::kHoldGone);
    CHECK(hold(served.address(), {"frobnicate"}).status == cli::kHoldUsage);
    CHECK(hold(served.address(), {}).err.starts_with("usage:"));
}

TEST_CASE("hold says so when the shield is not there") {
    const auto gone = hold("unix:path=/nonexistent/bus", {"status"});
    CHECK(gone.status == cli::kHoldGone);
    CHECK(gone.err.contains("the shield is not running: everything is refused until it is back"));
}

TEST_CASE("busctl, an ordinary D-Bus client, calls and introspects it") {
    const Served served;
    const std::string busctl = "busctl --address=" + served.address() + " ";
    const std::string object = " org.anchorhold.Gate1 /org/anchorhold/Gate1 ";
    const auto call = command(busctl + "call" + object + "org.anchorhold.Gate1 Why ss GET https://x.test/");
    CHECK(call.out == "sss \"ask\" \"app-push\" \"GET https://x.test/\"\n");
    const auto property = command(busctl + "get-property" + object + "org.anchorhold.Gate1 Version");
    CHECK(property.out == "s \"1\"\n");
    const auto introspection = command(busctl + "introspect" + object);
    CHECK(introspection.out.contains("Status"));
    CHECK(introspection.out.contains("stssas"));
}

TEST_CASE("what is no D-Bus loses its connection, and others do not notice") {
    const Served served;
    const auto bad = served.connect();
    REQUIRE(write(bad.get(), "GET / HTTP/1.1\r\n\r\n", 18) == 18);
    char byte = 0;
    while (read(bad.get(), &byte, 1) > 0) {
    }
    CHECK(hold(served.address(), {"status"}).status == cli::kHoldYes);
}

TEST_CASE("sixteen that say nothing keep nobody out: the one that came first gives way") {
    const Served served;
    std::vector<UniqueFd> held;
    held.reserve(2 * Bus::kMaxConnections);
    for (std::size_t i = 0; i < Bus::kMaxConnections; ++i)
        held.push_back(served.connect());
    // Halfway through the greeting they are as idle.
    REQUIRE(write(held[1].get(), "\0AUTH EXTERNAL 30\r\n", 19) == 19);
    CHECK(hold(served.address(), {"status"}).status == cli::kHoldYes);
    char byte = 0;
    CHECK(read(held[0].get(), &byte, 1) == 0);
    for (std::size_t i = 0; i < Bus::kMaxConnections; ++i)
        held.push_back(served.connect());
    CHECK(hold(served.address(), {"why", "https://x.test/"}).status == cli::kHoldYes);
}

TEST_CASE("one that asks and never reads is let go, others are answered") {
    const Served served;
    const auto greedy = served.connect();
    sd_bus* raw = nullptr;
    REQUIRE(sd_bus_new(&raw) >= 0);
    const Owned<sd_bus, sd_bus_close_unref> bus(raw);
    REQUIRE(sd_bus_set_fd(raw, dup(greedy.get()), dup(greedy.get())) >= 0);
    REQUIRE(sd_bus_start(raw) >= 0);
    int sent = 0;  // sd-bus gives both directions 8 MiB in the kernel, which hold some 20,000
    while (sent < 100'000) {
        sd_bus_message* call = nullptr;
        REQUIRE(sd_bus_message_new_method_call(raw, &call, nullptr, kBusPath, kBusInterface, "Status") >= 0);
        const Owned<sd_bus_message, sd_bus_message_unref> owned(call);
        std::uint64_t wants_answer = 0;
        if (sd_bus_send(raw, call, &wants_answer) < 0 || sd_bus_flush(raw) < 0)
            break;
        ++sent;
    }
    CHECK(sent < 100'000);
    CHECK(hold(served.address(), {"status"}).status == cli::kHoldYes);
}

TEST_CASE("when memory runs out everybody is let go, and the next is answered") {
    const Served served;
    const auto waiting = served.connect();
    REQUIRE(hold(served.address(), {"status"}).status == cli::kHoldYes);  // who came later was answered: both are in
    served.run_out_of_memory();
    char byte = 0;
    CHECK(read(waiting.get(), &byte, 1) <= 0);
    CHECK(hold(served.address(), {"status"}).status == cli::kHoldYes);
}
