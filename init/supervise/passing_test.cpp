// What the real kernel does: sockets made, notices with the sender's pid, lines of a log.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "init/services/sockets.hpp"
#include "init/supervise/notify_socket.hpp"
#include "init/supervise/service_log.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Directory {
    std::filesystem::path path;
    Directory() {
        char name[] = "/tmp/init-test-XXXXXX";
        path = mkdtemp(name);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("addresses that no link has yet can be listened on") {
    for (const SocketRow row : {SocketRow{"a", SocketKind::tcp, "198.18.0.1", 0},
                                {"b", SocketKind::udp, "198.18.0.1", 0},
                                {"c", SocketKind::tcp, "::", 0}}) {
        INFO(row.name);
        CHECK(make_socket(row));
    }
    const auto bad = make_socket({"x", SocketKind::tcp, "nonsense", 1});
    REQUIRE_FALSE(bad);
    CHECK(bad.error().number == EINVAL);
}

TEST_CASE("whoever is on the machine may connect to a socket at a path") {
    const Directory directory;
    const std::string path = directory.path / "a";
    REQUIRE(make_socket({"one", SocketKind::unix_packets, path}));
    struct stat found{};
    REQUIRE(stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0666);
}

TEST_CASE("a notice carries the pid that the kernel saw") {
    const Directory directory;
    const std::string path = directory.path / "notify";
    const auto socket = open_notify_socket(path);
    REQUIRE(socket);
    CHECK_FALSE(receive_notice(socket->get()));
    const UniqueFd sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    REQUIRE(sendto(sender.get(), "READY=1", 7, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 7);
    const auto notice = receive_notice(socket->get());
    REQUIRE(notice);
    CHECK(notice->text == "READY=1");
    CHECK(notice->pid == getpid());
}

TEST_CASE("a log is cut into clean lines of bounded length") {
    LineCutter cutter;
    std::vector<std::string> lines;
    const auto add = [&](std::string_view bytes) {
        cutter.add(bytes, [&](std::string_view line) { lines.emplace_back(line); });
    };
    add("one\ntw");
    add("o\n\n\x1b[2Jthree\n");
    add(std::string(1500, 'x') + "\n");
    REQUIRE(lines.size() == 5);
    CHECK(lines[0] == "one");
    CHECK(lines[1] == "two");
    CHECK(lines[2] == "?[2Jthree");
    CHECK(lines[3].size() == 1024);
    CHECK(lines[4].size() == 476);
}

TEST_CASE("a flood is cut short, counted, and let in again with time") {
    LineLimit limit;
    std::uint64_t now = 5'000'000;
    int taken = 0;
    while (limit.take(1024, now))
        ++taken;
    CHECK(taken == 16);
    CHECK_FALSE(limit.take(1024, now));
    CHECK(limit.take_dropped() == 2);
    now += 500'000;
    CHECK(limit.take(1024, now));
    CHECK_FALSE(limit.take(1024, now));
}
