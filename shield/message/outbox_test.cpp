#include "shield/message/outbox.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using anchorhold::Outbox;

namespace {

std::vector<std::string> send_all(Outbox<std::string>& outbox) {
    std::vector<std::string> sent;
    for (; !outbox.all_sent(); outbox.mark_sent())
        sent.push_back(std::to_string(outbox.next_number()) + outbox.next());
    return sent;
}

std::vector<std::string> acknowledge(Outbox<std::string>& outbox, std::int64_t upto) {
    std::vector<std::string> taken;
    outbox.acknowledge(upto, [&](std::string item) { taken.push_back(std::move(item)); });
    return taken;
}

}  // namespace

TEST_CASE("what was sent stays until it is acknowledged, and is sent again over a new channel") {
    Outbox<std::string> outbox;
    CHECK(outbox.add("a") == 1);
    CHECK(outbox.add("b") == 2);
    CHECK(outbox.add("c") == 3);
    CHECK(send_all(outbox) == std::vector<std::string>{"1a", "2b", "3c"});
    CHECK(acknowledge(outbox, 1) == std::vector<std::string>{"a"});
    CHECK(outbox.is_acknowledged(1));
    CHECK_FALSE(outbox.is_acknowledged(2));
    outbox.send_again();
    CHECK_FALSE(outbox.is_sent(2));
    CHECK(send_all(outbox) == std::vector<std::string>{"2b", "3c"});
    CHECK(acknowledge(outbox, 99) == std::vector<std::string>{"b", "c"});
    CHECK(outbox.size() == 0);
    CHECK(outbox.add("d") == 4);
}

TEST_CASE("what was not sent cannot be acknowledged") {
    Outbox<std::string> outbox;
    outbox.add("a");
    outbox.add("b");
    outbox.mark_sent();
    CHECK(acknowledge(outbox, 2) == std::vector<std::string>{"a"});
    CHECK(outbox.size() == 1);
}

TEST_CASE("a greeting goes before what waited for the channel") {
    Outbox<std::string> outbox;
    outbox.add("a");
    outbox.add_first("hello");
    CHECK(send_all(outbox) == std::vector<std::string>{"1hello", "2a"});
}

TEST_CASE("what cannot be sent, or is not to be, goes without its number") {
    Outbox<std::string> outbox;
    for (const char* const item : {"a", "b", "c", "d"})
        outbox.add(item);
    outbox.mark_sent();
    CHECK(outbox.take_next() == "b");
    CHECK(outbox.drop_unsent(1, [](const std::string&) { return true; }) == 1);
    CHECK(send_all(outbox) == std::vector<std::string>{"2d"});
    CHECK(outbox.drop_unsent(9, [](const std::string&) { return true; }) == 0);
    CHECK(outbox.size() == 2);
}
