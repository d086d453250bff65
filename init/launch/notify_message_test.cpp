#include "init/launch/notify_message.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold;
using namespace anchorhold::init;

TEST_CASE("READY=1 is a whole line, wherever it stands") {
    for (const char* ready : {"READY=1", "READY=1\n", "STATUS=up\nREADY=1", "READY=1\nREADY=10", "\n\nREADY=1\n"}) {
        INFO(ready);
        CHECK(read_notify_message(ready).ready);
    }
    for (const char* not_ready : {"", "\n", "READY=10", "READY=1 ", " READY=1", "NOT_READY=1", "READY=0", "ready=1",
                                  "STATUS=READY=1", "READY=1\r\n", "READY=10\nREADY=11"}) {
        INFO(not_ready);
        CHECK_FALSE(read_notify_message(not_ready).ready);
    }
    CHECK_FALSE(read_notify_message(std::string_view("READY=1\0", 8)).ready);
}

TEST_CASE("the last status counts, and is bounded") {
    CHECK_FALSE(read_notify_message("READY=1").status);
    CHECK(read_notify_message("STATUS=one\nSTATUS=two").status == "two");
    CHECK(read_notify_message("STATUS=").status == "");
    CHECK(read_notify_message("STATUS=" + std::string(300, 'x')).status == std::string(NotifyMessage::kMaxStatus, 'x'));
}
