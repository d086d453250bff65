#include "shield/console/server.hpp"

#include "shield/console/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::console;
using namespace std::chrono_literals;

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
