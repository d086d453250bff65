// A console between browsers and a gatekeeper, both played by the test, all in one loop.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shield/console/server.hpp"

namespace anchorhold::console {

inline constexpr std::string_view kHost = "Host: anchor.shield.localhost:8711\r\n";
inline constexpr std::string_view kState =
    R"({"type":"state","profile":{"name":"demo"},"passkeys":1,"requests":["an act"],"recent":[],)"
    R"("sessions":[{"digest":"d1","name":"Phone","since":1,"expires":2}]})";

inline std::string get(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) + "\r\n";
}

inline std::string get_events(std::string_view session) {
    return "GET /events HTTP/1.1\r\n" + std::string(kHost) + "Cookie: a=b; anchorhold-session=" + std::string(session) +
           "\r\n\r\n";
}

inline std::string post(std::string_view path, std::string_view body) {
    return "POST " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) +
           "Origin: http://anchor.shield.localhost:8711\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

struct Browser {
    UniqueFd fd;
    std::string seen;
    bool ended = false;

    void say(std::string_view text) const {
        REQUIRE(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }
    void listen() {
        std::array<char, 65536> buffer{};
        while (!ended) {
            const auto got = recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN)
                return;
            if (got <= 0)
                ended = true;
            else
                seen.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
};

class Bench {
  public:
    enum class Over : std::uint8_t { local, tcp };
    explicit Bench(const std::function<void(Settings&)>& change = [](Settings&) {}, Over over = Over::local) {
        std::string pattern = std::filesystem::temp_directory_path() / "console-test-XXXXXX";
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        directory_ = pattern;
        listen_as_gate();
        Settings settings{.origins = *parse_origins(""), .files = {}, .gate_path = directory_ + "/gate"};
        for (const auto& route : routes()) {
            if (route.handler == Handler::file)
                settings.files.emplace(route.name, "the text of " + std::string(route.name));
        }
        change(settings);
        UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address()), sizeof(sockaddr_un)) == 0);
        if (over == Over::tcp) {
            listener.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            socklen_t size = sizeof tcp_;
            REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&tcp_), size) == 0);
            REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&tcp_), &size) == 0);
        }
        REQUIRE(::listen(listener.get(), 128) == 0);
        server_.emplace(loop_, std::move(listener), std::move(settings), [this] { ++readies; });
        REQUIRE(server_->start());
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    void listen_as_gate() { gate_listener_ = *listen_channel(directory_ + "/gate"); }
    void accept_as_gate() {
        until([&] {
            if (auto channel = accept_channel(gate_listener_.get()))
                gate = std::move(*channel);
            return static_cast<bool>(gate);
        });
        CHECK(*text_member(heard(), "type") == "watch");
        tell(kState);
        const int before = readies;
        until([&] { return readies > before; });
    }
    void tell(std::string_view text) const { REQUIRE(send_message(gate.get(), parse_json(text)->get_object())); }
    json::object heard() {
        std::optional<json::object> message;
        until([&] {
            if (auto received = receive_message(gate.get()))
                message = std::move(*received);
            return message.has_value();
        });
        return message.value_or(json::object{});
    }

    // A stream of the session `digest`, or a stranger's.
    void open_stream(Browser& browser, std::string_view digest) {
        browser.say(get_events("AAAA"));
        const auto message = heard();
        CHECK(*text_member(message, "type") == "session");
        CHECK(*text_member(message, "session") == "AAAA");
        const auto id = std::to_string(*integer_member(message, "id"));
        tell(digest.empty() ? R"({"type":"no-session","id":)" + id + "}"
                            : R"({"type":"session","id":)" + id + R"(,"digest":")" + std::string(digest) + "\"}");
        wait_for(browser, "\"gate\":\"up\"");
    }

    Browser browser() {
        Browser made{UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
        REQUIRE(connect(made.fd.get(), reinterpret_cast<const sockaddr*>(&address()), sizeof(sockaddr_un)) == 0);
        return made;
    }
    // Over TCP, as 127.0.0.`host`.
    Browser browser_of(std::uint8_t host) {
        Browser made{UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
        const auto own = loopback(host);
        REQUIRE(bind(made.fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
        REQUIRE(connect(made.fd.get(), reinterpret_cast<const sockaddr*>(&tcp_), sizeof tcp_) == 0);
        return made;
    }
    void wait_for(Browser& browser, std::string_view text) {
        until([&] {
            browser.listen();
            return browser.seen.contains(text);
        });
        INFO(browser.seen);
        REQUIRE(browser.seen.contains(text));
    }
    void wait_for_end(Browser& browser) {
        until([&] {
            browser.listen();
            return browser.ended;
        });
        REQUIRE(browser.ended);
    }
    // Turns of the loop, not seconds: what has not happened by then will not.
    template <class Condition>
    void until(Condition condition) {
        for (int turn = 0; turn < 2000 && !condition(); ++turn)
            sd_event_run(loop_.raw(), 5000);
    }

    UniqueFd gate;
    int readies = 0;

  private:
    static sockaddr_in loopback(std::uint8_t host) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        made.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
        return made;
    }
    const sockaddr_un& address() {
        address_.sun_family = AF_UNIX;
        const auto path = directory_ + "/http";
        path.copy(address_.sun_path, sizeof address_.sun_path - 1);
        return address_;
    }

    EventLoop loop_ = *EventLoop::create();
    std::string directory_;
    sockaddr_un address_{};
    sockaddr_in tcp_ = loopback(1);
    UniqueFd gate_listener_;
    std::optional<Server> server_;
};

}  // namespace anchorhold::console
