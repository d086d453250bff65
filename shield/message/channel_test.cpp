#include "shield/message/channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using namespace anchorhold;

TEST_CASE("an object goes over, the kernel names the peer, and the end is seen") {
    const std::string path = std::filesystem::temp_directory_path() / ("channel-" + std::to_string(getpid()));
    const auto listener = listen_channel(path);
    REQUIRE(listener);
    auto client = connect_channel(path);
    REQUIRE(client);
    const auto server = accept_channel(listener->get());
    REQUIRE(server);
    unlink(path.c_str());

    const auto peer = peer_of(server->get());
    REQUIRE(peer);
    CHECK(peer->uid == getuid());
    CHECK(peer->pid == getpid());

    REQUIRE(send_message(client->get(), {{"type", "hello"}, {"big", std::string(200'000, 'x')}}));
    const auto got = receive_message(server->get());
    REQUIRE((got && *got));
    CHECK((*got)->at("type") == "hello");

    CHECK(receive_message(server->get()).error().number == EAGAIN);
    REQUIRE(send(client->get(), "[1]", 3, 0) == 3);
    CHECK(receive_message(server->get()).error().number == EBADMSG);
    CHECK(send_message(client->get(), {{"big", std::string(kMaxPacket, 'x')}}).error().number == EMSGSIZE);
    client->reset();
    const auto end = receive_message(server->get());
    REQUIRE(end);
    CHECK_FALSE(end->has_value());
}

TEST_CASE("nobody listening is an error that names the socket") {
    const auto none = connect_channel("/nonexistent/gate");
    REQUIRE_FALSE(none);
    CHECK(none.error().text().contains("/nonexistent/gate"));
}
