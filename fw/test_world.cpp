#include "fw/test_world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace anchorhold::fw::test {
namespace {

// Long for a loaded machine, and for a first packet that is lost; spent only by a test that fails.
constexpr int kPatience = 60'000;
// Spent where silence is what the test looks for.
constexpr int kSilence = 700;

int patience(Expect expect) {
    return expect == Expect::silence ? kSilence : kPatience;
}

struct Where {
    sockaddr_storage address{};
    socklen_t size = 0;
};

Where where_is(const std::string& address, std::uint16_t port) {
    Where result;
    if (address.contains(':')) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(result.address);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        REQUIRE(inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1);
        result.size = sizeof v6;
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(result.address);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        REQUIRE(inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1);
        result.size = sizeof v4;
    }
    return result;
}

// The packet's owner is the file system uid at the time the socket was made.
UniqueFd socket_of(const Namespace& where, const Who& who, int family, int type) {
    where.enter();
    if (who.cgroup != nullptr)
        who.cgroup->enter();
    REQUIRE(seteuid(who.uid) == 0);
    UniqueFd fd(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    REQUIRE(seteuid(0) == 0);
    if (who.cgroup != nullptr)
        who.cgroup->leave();
    REQUIRE(fd);
    return fd;
}

int pending_error(int fd) {
    int number = 0;
    socklen_t size = sizeof number;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size);
    return number;
}

bool wait_for(int fd, short events, int milliseconds) {
    pollfd poll_fd{.fd = fd, .events = events, .revents = 0};
    return poll(&poll_fd, 1, milliseconds) > 0;
}

int connect_to(int fd, const Where& target, int milliseconds) {
    if (connect(fd, reinterpret_cast<const sockaddr*>(&target.address), target.size) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    return wait_for(fd, POLLOUT, milliseconds) ? pending_error(fd) : ETIMEDOUT;
}

// Until the server has a question to answer, or the client hears that it has none: whether it is the former.
bool has_arrived(int server, int client, int milliseconds) {
    std::array<pollfd, 2> ends{
        {{.fd = server, .events = POLLIN, .revents = 0}, {.fd = client, .events = 0, .revents = 0}}};
    return poll(ends.data(), ends.size(), milliseconds) > 0 && ends[0].revents != 0;
}

}  // namespace

Namespace::Namespace() {
    std::array<int, 2> ready{};
    REQUIRE(pipe(ready.data()) == 0);
    keeper_ = fork();
    REQUIRE(keeper_ >= 0);
    if (keeper_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) != 0)
            _exit(1);
        close(ready[0]);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    char byte = 0;
    const bool made = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    REQUIRE(made);
    fd_.reset(::open(("/proc/" + std::to_string(keeper_) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(fd_);
}

Namespace::~Namespace() {
    if (keeper_ > 0) {
        kill(keeper_, SIGKILL);
        waitpid(keeper_, nullptr, 0);
    }
}

void Namespace::enter() const {
    REQUIRE(setns(fd_.get(), CLONE_NEWNET) == 0);
}

std::string Namespace::run(const std::string& command) const {
    enter();
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    std::array<char, 4096> buffer{};
    for (std::size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        output.append(buffer.data(), size);
    INFO(command << "\n" << output);
    REQUIRE(pclose(pipe) == 0);
    return output;
}

EgressCgroup::EgressCgroup() {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string what, where, type, rest; mounts >> what >> where >> type && std::getline(mounts, rest);) {
        if (type == "cgroup2")
            root_ = where;
    }
    REQUIRE_FALSE(root_.empty());
    directory_ = root_ + "/fence-test-" + std::to_string(getpid());
    REQUIRE(mkdir(directory_.c_str(), 0755) == 0);
}

EgressCgroup::~EgressCgroup() {
    rmdir(directory_.c_str());
}

Cgroup EgressCgroup::known() const {
    struct stat found{};
    REQUIRE(stat(directory_.c_str(), &found) == 0);
    return {.number = found.st_ino, .level = 1};
}

void EgressCgroup::enter() const {
    REQUIRE((std::ofstream(directory_ + "/cgroup.procs") << 0).flush());
}

void EgressCgroup::leave() const {
    REQUIRE((std::ofstream(root_ + "/cgroup.procs") << 0).flush());
}

World::World() {
    const auto pair = [](const Namespace& here, const std::string& name, const Namespace& there,
                         const std::string& peer) {
        (void)here.run("ip link add " + name + " type veth peer name " + peer + " && ip link set " + peer + " netns " +
                       std::to_string(there.keeper()));
        (void)here.run("ip link set " + name + " addrgenmode none up && ip link set lo up");
        (void)there.run("ip link set " + peer + " addrgenmode none up && ip link set lo up");
    };
    pair(shield, "cell0", cell, "eth0");
    pair(shield, "uplink0", outside, "out0");
    (void)shield.run(
        "ip addr add 198.18.0.1/30 dev cell0; ip addr add fd61:6e63:686f::1/126 dev cell0 nodad;"
        "ip addr add 203.0.113.2/24 dev uplink0; ip addr add 2001:db8::2/64 dev uplink0 nodad");
    (void)cell.run(
        "ip addr add 198.18.0.2/30 dev eth0; ip addr add fd61:6e63:686f::2/126 dev eth0 nodad;"
        "ip route add default via 198.18.0.1; ip route add default via fd61:6e63:686f::1");
    (void)outside.run(
        "for last in 1 53 54 80; do ip addr add 203.0.113.$last/24 dev out0; ip addr add 2001:db8::$last/64 dev out0 "
        "nodad; done");
}

UniqueFd serve(const Namespace& where, int type, const std::string& address, std::uint16_t port) {
    const auto target = where_is(address, port);
    auto fd = socket_of(where, 0, target.address.ss_family, type);
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&target.address), target.size) == 0);
    if (type == SOCK_STREAM)
        REQUIRE(listen(fd.get(), 64) == 0);
    return fd;
}

Attempt dial(const Namespace& where, const Who& who, const std::string& address, std::uint16_t port, Expect expect) {
    const auto target = where_is(address, port);
    Attempt attempt{.socket = socket_of(where, who, target.address.ss_family, SOCK_STREAM)};
    attempt.number = connect_to(attempt.socket.get(), target, patience(expect));
    return attempt;
}

int dial_again(int fd, const std::string& address, std::uint16_t port) {
    const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
    REQUIRE(connect(fd, &nowhere, sizeof nowhere) == 0);
    return connect_to(fd, where_is(address, port), kPatience);
}

UniqueFd accepted(const UniqueFd& listener) {
    // The one that dials knows of the connection first.
    REQUIRE(wait_for(listener.get(), POLLIN, kPatience));
    UniqueFd fd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    REQUIRE(fd);
    return fd;
}

int ask(const Namespace& where, const Who& who, const std::string& address, std::uint16_t port, int server,
        Expect expect) {
    const auto target = where_is(address, port);
    const auto fd = socket_of(where, who, target.address.ss_family, SOCK_DGRAM);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&target.address), target.size) < 0 ||
        send(fd.get(), "question", 8, 0) < 0)
        return errno;
    std::array<char, 64> buffer{};
    if (server >= 0 && has_arrived(server, fd.get(), kPatience)) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const ssize_t got =
            recvfrom(server, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        REQUIRE(got == 8);
        if (sendto(server, "answer", 6, 0, reinterpret_cast<const sockaddr*>(&from), size) < 0)
            return errno;
    }
    if (!wait_for(fd.get(), POLLIN, patience(expect)))
        return ETIMEDOUT;
    return recv(fd.get(), buffer.data(), buffer.size(), 0) < 0 ? errno : 0;
}

int carries(int from, int to, Expect expect) {
    if (send(from, "x", 1, MSG_NOSIGNAL) < 0)
        return errno;
    if (!has_arrived(to, from, patience(expect))) {
        const int number = pending_error(from);
        return number != 0 ? number : ETIMEDOUT;
    }
    char byte = 0;
    const ssize_t size = recv(to, &byte, 1, 0);
    return size == 1 ? 0 : size == 0 ? EPIPE : errno;
}

}  // namespace anchorhold::fw::test
