// Who gives way when all places for connections or streams are taken.
#include "shield/console/server.hpp"
#include "shield/console/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::console;
using namespace std::chrono_literals;

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
