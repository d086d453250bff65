#include "shield/console/server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstdint>
#include <filesystem>

using namespace anchorhold;
using namespace anchorhold::console;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kHost = "Host: anchor.shield.localhost:8711\r\n";
constexpr std::string_view kState =
    R"({"type":"state","profile":{"name":"demo"},"passkeys":1,"requests":["an act"],"recent":[],)"
    R"("sessions":[{"digest":"d1","name":"Phone","since":1,"expires":2}]})";

std::string get(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(kHost) + "\r\n";
}

std::string get_events(std::string_view session) {
    return "GET /events HTTP/1.1\r\n" + std::string(kHost) + "Cookie: a=b; anchorhold-session=" + std::string(session) +
           "\r\n\r\n";
}

std::string post(std::string_view path, std::string_view body) {
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

// The console between a browser and a gatekeeper, both played by the test, all in one loop.
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

}  // namespace

TEST_CASE("the page comes with every header that keeps it to itself, however the request arrives") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    for (const char c : get("/")) {
        browser.say({&c, 1});
        bench.until([turn = 0]() mutable { return turn++ > 0; });
    }
    bench.wait_for(browser, "the text of index.html");
    for (const auto* header : {"HTTP/1.1 200 OK\r\n", "default-src 'none'", "frame-ancestors 'none'", "nosniff",
                               "no-referrer", "no-store", "Cross-Origin-Opener-Policy: same-origin",
                               "Cross-Origin-Resource-Policy: same-origin", "publickey-credentials-get=(self)"}) {
        INFO(header);
        CHECK(browser.seen.contains(header));
    }
    // The same connection, two requests in one write.
    browser.seen.clear();
    browser.say(get("/app.js") + get("/style.css"));
    bench.wait_for(browser, "the text of app.js");
    bench.wait_for(browser, "the text of style.css");
}

TEST_CASE("what is not HTTP, or too much of it, is refused and the connection closed") {
    Bench bench;
    for (const auto& [text, status] :
         {std::pair<std::string, std::string>{"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 "},
          {"\x16\x03\x01\x02\r\n\r\n", "HTTP/1.1 400 "},
          {"GET / HTTP/1.1\r\n" + std::string(kHost) + "X: " + std::string(kMaxHead, 'x'), "HTTP/1.1 431 "},
          {"GET /nothing HTTP/1.1\r\n" + std::string(kHost) + "\r\n", "HTTP/1.1 404 "},
          {"DELETE / HTTP/1.1\r\n" + std::string(kHost) + "\r\n", "Allow: GET\r\n"},
          {"POST /api/deny HTTP/1.1\r\n" + std::string(kHost) + "Content-Length: 2\r\n\r\n{}", "{\"error\":"}}) {
        INFO(text);
        auto browser = bench.browser();
        browser.say(text);
        bench.wait_for(browser, status);
        bench.wait_for_end(browser);
    }
}

TEST_CASE("a page hears every state, the gatekeeper's end, and its return") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    bench.open_stream(browser, "d1");
    CHECK(browser.seen.contains("an act"));
    CHECK_FALSE(browser.seen.contains("d1"));
    bench.tell(R"({"type":"state","profile":{},"passkeys":2,"requests":[],"recent":[],"sessions":[{"digest":"d1"}]})");
    bench.wait_for(browser, "\"passkeys\":2");
    browser.seen.clear();
    bench.gate.reset();
    bench.wait_for(browser, "\"gate\":\"down\"");
    bench.accept_as_gate();
    bench.wait_for(browser, "\"gate\":\"up\"");
    CHECK(bench.readies == 2);
}

TEST_CASE("a stranger's page hears nothing of what waits, and neither does one whose session has ended") {
    Bench bench;
    bench.accept_as_gate();
    auto stranger = bench.browser();
    bench.open_stream(stranger, "");
    auto person = bench.browser();
    bench.open_stream(person, "d1");
    bench.wait_for(person, "an act");
    CHECK(stranger.seen.contains("\"signed_in\":false"));
    bench.tell(R"({"type":"state","profile":{},"passkeys":5,"requests":["another"],"recent":["r"],"sessions":[]})");
    bench.wait_for(person, "\"signed_in\":false");
    CHECK_FALSE(person.seen.contains("another"));
    stranger.listen();
    for (const auto* word : {"an act", "another", "demo", "Phone", "recent", "requests", "\"passkeys\":5"}) {
        INFO(word);
        CHECK_FALSE(stranger.seen.contains(word));
    }
}

TEST_CASE("the gatekeeper's session becomes a cookie of this browser alone, and no part of the answer") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    browser.say(post("/api/login", R"({"login":"{}","credential":{}})"));
    const auto message = bench.heard();
    CHECK(*text_member(message, "origin") == "http://anchor.shield.localhost:8711");
    CHECK(text_member(message, "peer"));
    const auto id = std::to_string(*integer_member(message, "id"));
    bench.tell(R"({"type":"done","id":)" + id + R"(,"session":"c2VjcmV0","seconds":43200})");
    bench.wait_for(browser, "\r\n\r\n{}");
    CHECK(browser.seen.contains(
        "Set-Cookie: anchorhold-session=c2VjcmV0; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200\r\n"));
    browser.seen.clear();
    browser.say(post("/api/deny", R"({"request":"r1","reason":""})"));
    const auto denied = std::to_string(*integer_member(bench.heard(), "id"));
    bench.tell(R"({"type":"no-session","id":)" + denied + "}");
    bench.wait_for(browser, "HTTP/1.1 401 ");
}

TEST_CASE("one wrong code too many is answered late, and others at once") {
    Bench bench;
    bench.accept_as_gate();
    auto guesser = bench.browser();
    guesser.say(post("/api/register-options", R"({"code":"guess"})"));
    const auto guess = std::to_string(*integer_member(bench.heard(), "id"));
    bench.tell(R"({"type":"refused","id":)" + guess + R"(,"reason":"Wrong code.","wait":1})");
    auto other = bench.browser();
    other.say(post("/api/register-options", R"({"code":"guess"})"));
    const auto second = std::to_string(*integer_member(bench.heard(), "id"));
    bench.tell(R"({"type":"refused","id":)" + second + R"(,"reason":"Wrong code.","wait":0})");
    bench.wait_for(other, "Wrong code.");
    guesser.listen();
    CHECK(guesser.seen.empty());
    bench.wait_for(guesser, "Wrong code.");
}

TEST_CASE("who has signed in is served before strangers") {
    Bench bench([](Settings& settings) { settings.max_streams = 1; });
    bench.accept_as_gate();
    auto stranger = bench.browser();
    bench.open_stream(stranger, "");
    auto person = bench.browser();
    bench.open_stream(person, "d1");
    bench.wait_for_end(stranger);
    auto another = bench.browser();
    another.say(get_events("AAAA"));
    const auto id = std::to_string(*integer_member(bench.heard(), "id"));
    bench.tell(R"({"type":"no-session","id":)" + id + "}");
    bench.wait_for(another, "HTTP/1.1 503 ");
}

TEST_CASE("a gatekeeper that talks nonsense is left, and the page told") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    bench.open_stream(browser, "d1");
    bench.tell(R"({"type":"state","passkeys":"many"})");
    bench.wait_for(browser, "\"gate\":\"down\"");
}

TEST_CASE("a call reaches the gatekeeper and its answer the page") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    browser.say(post("/api/deny", R"({"request":"r1","reason":"not now"})"));
    const auto message = bench.heard();
    CHECK(*text_member(message, "type") == "deny");
    CHECK(*text_member(message, "reason") == "not now");
    const auto id = std::to_string(*integer_member(message, "id"));
    bench.tell(R"({"type":"refused","id":)" + id + R"(,"reason":"it has expired"})");
    bench.wait_for(browser, R"({"error":"it has expired"})");
    CHECK(browser.seen.starts_with("HTTP/1.1 409 "));
    browser.seen.clear();
    browser.say(post("/api/deny", R"({"request":"r1"})"));
    bench.wait_for(browser, "HTTP/1.1 400 ");
}

TEST_CASE("a gatekeeper that dies or sleeps while asked is an answer too") {
    Bench hasty([](Settings& settings) { settings.patience.answer = 20ms; });
    hasty.accept_as_gate();
    auto sleeping = hasty.browser();
    sleeping.say(post("/api/approve-options", R"({"request":"r1"})"));
    hasty.wait_for(sleeping, "HTTP/1.1 504 ");
    // Its late answer finds nobody, and hurts nobody.
    const auto late = *integer_member(hasty.heard(), "id");
    hasty.tell(R"({"type":"done","id":)" + std::to_string(late) + "}");
    auto after = hasty.browser();
    after.say(post("/api/approve-options", R"({"request":"r1"})"));
    CHECK(*text_member(hasty.heard(), "type") == "approve-options");

    Bench bench;
    auto early = bench.browser();
    early.say(post("/api/approve-options", R"({"request":"r1"})"));
    bench.wait_for(early, "HTTP/1.1 503 ");
    bench.accept_as_gate();
    auto dying = bench.browser();
    dying.say(post("/api/approve-options", R"({"request":"r1"})"));
    bench.heard();
    bench.gate.reset();
    bench.wait_for(dying, "The gatekeeper stopped before it answered");
}

TEST_CASE("who connects and says nothing, or stops halfway, is let go") {
    Bench bench([](Settings& settings) { settings.patience.request = 20ms; });
    auto silent = bench.browser();
    auto halting = bench.browser();
    halting.say("POST /api/deny HTTP/1.1\r\n");
    bench.wait_for_end(silent);
    bench.wait_for_end(halting);
}

TEST_CASE("a full house parts with an idle guest first, then with the newcomer") {
    Bench bench([](Settings& settings) {
        settings.max_connections = 2;
        settings.max_streams = 1;
    });
    auto stream = bench.browser();
    stream.say(get("/events"));
    bench.wait_for(stream, "event: state");
    auto second_stream = bench.browser();
    second_stream.say(get("/events"));
    bench.wait_for(second_stream, "HTTP/1.1 503 ");
    bench.wait_for_end(second_stream);
    second_stream.fd.reset();

    auto idle = bench.browser();
    idle.say(get("/"));
    bench.wait_for(idle, "the text of index.html");
    auto guest = bench.browser();
    guest.say(get("/") + "GET / HT");
    bench.wait_for(guest, "the text of index.html");
    bench.wait_for_end(idle);
    auto newcomer = bench.browser();
    bench.wait_for_end(newcomer);
    CHECK_FALSE(stream.ended);
    CHECK_FALSE(guest.ended);
}

TEST_CASE("a client that holds every connection gives way to others, and takes nothing back") {
    Bench bench([](Settings& settings) { settings.max_connections = 4; }, Bench::Over::tcp);
    std::vector<Browser> greedy;
    for (int i = 0; i < 4; ++i) {
        greedy.push_back(bench.browser_of(2));
        // Once one is answered, the other was begun.
        greedy.back().say(get("/") + "G");
        bench.wait_for(greedy.back(), "the text of index.html");
    }
    auto person = bench.browser_of(3);
    bench.wait_for_end(greedy[0]);
    // While the person has said nothing yet, too.
    auto again = bench.browser_of(2);
    bench.wait_for_end(again);
    person.say(get("/events"));
    bench.wait_for(person, "event: state");
    auto more = bench.browser_of(3);
    more.say(get("/"));
    bench.wait_for(more, "the text of index.html");
    bench.wait_for_end(greedy[1]);
    CHECK_FALSE(person.ended);
}

TEST_CASE("a client that holds every stream gives way to others, and takes nothing back") {
    Bench bench([](Settings& settings) { settings.max_streams = 2; }, Bench::Over::tcp);
    std::vector<Browser> greedy;
    for (int i = 0; i < 3; ++i) {
        greedy.push_back(bench.browser_of(2));
        greedy.back().say(get("/events"));
        bench.wait_for(greedy.back(), i < 2 ? "event: state" : "HTTP/1.1 503 ");
    }
    auto person = bench.browser_of(3);
    person.say(get("/events"));
    bench.wait_for(person, "event: state");
    bench.wait_for_end(greedy[0]);
    auto again = bench.browser_of(2);
    again.say(get("/events"));
    bench.wait_for(again, "HTTP/1.1 503 ");
    person.listen();
    greedy[1].listen();
    CHECK_FALSE(person.ended);
    CHECK_FALSE(greedy[1].ended);
}

TEST_CASE("strangers take no stream and no connection from who has signed in") {
    Bench bench(
        [](Settings& settings) {
            settings.max_connections = 4;
            settings.max_streams = 2;
        },
        Bench::Over::tcp);
    bench.accept_as_gate();
    // Together they have more than the stranger has.
    auto person = bench.browser_of(3);
    bench.open_stream(person, "d1");
    auto second_page = bench.browser_of(3);
    bench.open_stream(second_page, "d1");
    auto stranger = bench.browser_of(2);
    stranger.say(get_events("AAAA"));
    const auto id = std::to_string(*integer_member(bench.heard(), "id"));
    bench.tell(R"({"type":"no-session","id":)" + id + "}");
    bench.wait_for(stranger, "HTTP/1.1 503 ");
    bench.wait_for_end(stranger);

    std::vector<Browser> strangers;
    for (std::uint8_t host = 4; host <= 6; ++host) {
        strangers.push_back(bench.browser_of(host));
        strangers.back().say(get("/") + "G");
        bench.wait_for(strangers.back(), "the text of index.html");
    }
    bench.wait_for_end(strangers[0]);
    person.listen();
    second_page.listen();
    CHECK_FALSE(person.ended);
    CHECK_FALSE(second_page.ended);
    // Whose session has ended is a stranger.
    bench.tell(R"({"type":"state","profile":{},"passkeys":1,"requests":[],"recent":[],"sessions":[{"digest":"d2"}]})");
    bench.wait_for(second_page, "\"signed_in\":false");
    auto last = bench.browser_of(7);
    bench.wait_for_end(person);
    CHECK_FALSE(last.ended);
}

TEST_CASE("a page that reads nothing costs one state, not one for each change") {
    Bench bench;
    bench.accept_as_gate();
    auto browser = bench.browser();
    bench.open_stream(browser, "d1");
    bench.until([turn = 0]() mutable { return turn++ > 3; });
    const std::string filler(100'000, 'x');
    for (int i = 0; i < 40; ++i) {
        bench.tell(R"({"type":"state","profile":{},"passkeys":)" + std::to_string(i) + R"(,"requests":[")" + filler +
                   R"("],"recent":[],"sessions":[{"digest":"d1"}]})");
        bench.until([turn = 0]() mutable { return turn++ > 1; });
    }
    bench.wait_for(browser, "\"passkeys\":39");
    std::size_t states = 0;
    for (auto at = browser.seen.find("event: state"); at != std::string::npos;
         at = browser.seen.find("event: state", at + 1))
        ++states;
    CHECK(states < 20);
}
