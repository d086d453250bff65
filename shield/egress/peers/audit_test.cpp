#include "shield/egress/peers/audit.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <memory>

using namespace anchorhold;
using namespace anchorhold::egress;

TEST_CASE("an act waits until its record is in the auditor's socket") {
    std::string directory = (std::filesystem::temp_directory_path() / "link-XXXXXX").string();
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    const auto listener = listen_channel(directory + "/audit");
    REQUIRE(listener);
    asio::io_context loop;
    const Executor executor = loop.get_executor();
    Audit audit(executor, directory + "/audit");
    const auto recorded = std::make_shared<bool>(false);
    spawn(executor, audit.run([] {}));
    const auto turn = [&] { loop.run_for(std::chrono::milliseconds(50)); };
    auto auditor = accept_channel(listener->get());
    for (int tries = 0; !auditor && tries < 1000; ++tries) {
        turn();
        auditor = accept_channel(listener->get());
    }
    REQUIRE(auditor);
    for (int tries = 0; !audit.ready() && tries < 1000; ++tries)
        turn();
    REQUIRE(audit.ready());
    const std::string big = "{\"x\":\"" + std::string(100'000, 'x') + "\"}";
    for (int i = 0; i < 200; ++i)
        audit.note(big);
    turn();
    spawn(executor, [](Audit& to, std::shared_ptr<bool> done) -> Task<> {
        *done = (co_await to.record("{}")).has_value();
    }(audit, recorded));
    turn();
    CHECK_FALSE(*recorded);
    while (!*recorded) {
        const auto message = receive_message(auditor->get());
        if (!message)
            REQUIRE(message.error().number == EAGAIN);
        loop.run_for(std::chrono::milliseconds(1));
    }
    std::filesystem::remove_all(directory);
}
