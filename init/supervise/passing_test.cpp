// What the real kernel does: sockets made and passed, notices with the sender's pid, lines of a log, a child's set-up.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>

#include "init/services/sockets.hpp"
#include "init/supervise/notify_socket.hpp"
#include "init/supervise/service_log.hpp"
#include "init/supervise/spawn.hpp"

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

struct Output {
    int status = 0;
    std::string text;
    std::optional<SetupFailure> setup;
};

Output run(ChildSpec spec) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    spec.output = writer.get();
    spec.environment.emplace_back("PATH=/usr/bin");
    auto child = spawn_child(spec);
    REQUIRE(child);
    writer.reset();
    Output out;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(reader.get(), buffer, sizeof buffer)) > 0;)
        out.text.append(buffer, static_cast<std::size_t>(n));
    REQUIRE(waitpid(child->pid, &out.status, 0) == child->pid);
    SetupFailure failure;
    if (read(child->setup.get(), &failure, sizeof failure) == sizeof failure)
        out.setup = failure;
    return out;
}

ChildSpec shell(const std::string& script) {
    ChildSpec spec;
    spec.command = {"/usr/bin/sh", "-c", script};
    spec.drop_capabilities = false;
    return spec;
}

}  // namespace

TEST_CASE("sockets are passed from 3 on, under their names, and nothing else is") {
    const Directory directory;
    const std::string path = directory.path / "a";
    const auto first = make_socket({"one", SocketKind::unix_packets, path});
    const auto second = make_socket({"two", SocketKind::tcp, "127.0.0.1", 0});
    REQUIRE(first);
    REQUIRE(second);
    ChildSpec spec = shell(
        "test $LISTEN_PID = $$ && echo $LISTEN_FDS $LISTEN_FDNAMES && test -S /dev/fd/3 && test -S /dev/fd/4 && "
        "ls -1 /proc/$$/fd; true");
    spec.sockets = {{"one", first->get()}, {"two", second->get()}};
    const Output out = run(spec);
    CHECK(out.text == "2 one:two\n0\n1\n2\n3\n4\n");
    CHECK(out.status == 0);
    CHECK_FALSE(out.setup);
    struct stat found{};
    REQUIRE(stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0666);
}

TEST_CASE("a service's child has its user, no capability and no new privileges") {
    if (geteuid() != 0)
        SKIP("needs root");
    ChildSpec spec = shell("id -u; id -G; grep -E '^(Cap|NoNewPrivs)' /proc/self/status");
    spec.drop_capabilities = true;
    spec.uid = 12345;
    spec.gid = 12346;
    const Output out = run(spec);
    if (out.setup && out.setup->stage == SetupFailure::Stage::groups)
        SKIP("this namespace has one user only");
    REQUIRE_FALSE(out.setup);
    CHECK(out.text ==
          "12345\n12346\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
          "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
}

TEST_CASE("a program that is not there says so, with its errno") {
    ChildSpec spec;
    spec.command = {"/nowhere"};
    spec.drop_capabilities = false;
    const Output out = run(spec);
    CHECK(WEXITSTATUS(out.status) == 127);
    REQUIRE(out.setup);
    CHECK(out.setup->stage == SetupFailure::Stage::exec);
    CHECK(out.setup->number == ENOENT);
}

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
