// The real program over its real socket.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "shield/audit/testing.hpp"
#include "shield/message/channel.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;
using namespace anchorhold::audit::test;

namespace {

std::string program() {
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "audit").string();
}

// `audit` under the name that init gives it its sockets by.
class Running {
  public:
    enum class Disk : std::uint8_t { roomy, small };
    explicit Running(const Directory& directory, int witness = -1, Disk disk = Disk::roomy)
        : socket_(directory.file("socket")) {
        const auto listener = listen_channel(socket_);
        REQUIRE(listener);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            // Exit status 77: the machine lets us have no file system of our own.
            if (disk == Disk::small &&
                (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                 mount("none", directory.path().c_str(), "tmpfs", 0, "size=256k") != 0))
                _exit(77);
            // Out of the way first: either may be where the other must go.
            const int listening = fcntl(listener->get(), F_DUPFD, 10);
            const int telling = witness >= 0 ? fcntl(witness, F_DUPFD, 10) : -1;
            dup2(listening, 3);
            if (telling >= 0)
                dup2(telling, 4);
            setenv("LISTEN_FDS", witness >= 0 ? "2" : "1", 1);
            setenv("LISTEN_FDNAMES", witness >= 0 ? "audit:witness" : "audit", 1);
            setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
            execl(program().c_str(), "audit", directory.path().c_str(), nullptr);
            _exit(127);
        }
    }
    ~Running() {
        if (pid_ > 0)
            end(SIGKILL);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    int end(int signal) {
        kill(pid_, signal);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }
    [[nodiscard]] UniqueFd dial() const {
        auto fd = connect_channel(socket_);
        REQUIRE(fd);
        return std::move(*fd);
    }
    // The directory as the program sees it.
    [[nodiscard]] std::string inside(const std::string& path) const {
        return "/proc/" + std::to_string(pid_) + "/root" + path;
    }
    [[nodiscard]] rusage spent() const {
        rusage usage{};
        getrusage(RUSAGE_CHILDREN, &usage);
        return usage;
    }

  private:
    std::string socket_;
    pid_t pid_ = -1;
};

// Blocks until the other side has something to say or is gone.
std::optional<json::object> answer(const UniqueFd& fd) {
    pollfd poll_fd{.fd = fd.get(), .events = POLLIN, .revents = 0};
    poll(&poll_fd, 1, 120'000);
    auto message = receive_message(fd.get());
    return message && *message ? std::move(*message) : std::nullopt;
}

Result<> send_records(const UniqueFd& fd, std::int64_t first, int count) {
    json::array events;
    for (int i = 0; i < count; ++i)
        events.push_back(some_event(static_cast<int>(first) + i));
    return send_message(fd.get(), {{"type", "records"}, {"first", first}, {"events", std::move(events)}});
}

}  // namespace

TEST_CASE("records are acknowledged, verify, and checkpoints reach the witness") {
    const Directory directory;
    std::array<int, 2> pipes{};
    REQUIRE(pipe2(pipes.data(), O_CLOEXEC) == 0);
    const UniqueFd host(pipes[0]);
    Running auditor(directory, pipes[1]);
    close(pipes[1]);
    const auto client = auditor.dial();
    REQUIRE(send_records(client, 1, 3));
    auto said = answer(client);
    REQUIRE(said);
    CHECK(said->at("type") == "durable");
    CHECK(said->at("upto") == 3);

    // An event that is none is refused by number; the channel lives on, and nothing behind the gap is taken.
    REQUIRE(send_message(client.get(), {{"type", "records"}, {"first", 4}, {"events", {json::object{{"x", 1}}}}}));
    said = answer(client);
    REQUIRE(said);
    CHECK(said->at("type") == "failed");
    CHECK(said->at("upto") == 4);
    REQUIRE(send_records(client, 5, 1));
    CHECK(answer(client)->at("type") == "failed");
    REQUIRE(send_records(client, 4, 1));
    CHECK(answer(client)->at("type") == "durable");
    CHECK(auditor.end(SIGTERM) == 0);

    std::string lines(64 * 1024, '\0');
    lines.resize(static_cast<std::size_t>(read(host.get(), lines.data(), lines.size())));
    const auto report = verify(directory, lines);
    CHECK_FALSE(report.misfit);
    CHECK(report.records == 6);  // its own start and end, too
    CHECK(report.covered == 6);
    CHECK(read_notes(lines)->size() == 2);
    CHECK(report.checkpoints == 4);
}

TEST_CASE("a peer that reads late still hears of its last record") {
    const Directory directory;
    const Running auditor(directory);
    const auto client = auditor.dial();
    // Far more acknowledgements than its socket holds, if each record is written by itself.
    constexpr std::int64_t kRecords = 3000;
    for (std::int64_t number = 1; number <= kRecords; ++number) {
        auto sent = send_records(client, number, 1);
        for (; !sent && sent.error().number == EAGAIN; sent = send_records(client, number, 1)) {
            pollfd writable{.fd = client.get(), .events = POLLOUT, .revents = 0};
            REQUIRE(poll(&writable, 1, 120'000) == 1);  // the auditor is behind
        }
        REQUIRE(sent);
        usleep(300);
    }
    std::int64_t durable = 0;
    while (durable < kRecords) {
        const auto said = answer(client);
        REQUIRE(said);
        durable = said->at("upto").as_int64();
    }
    CHECK(durable == kRecords);
}

TEST_CASE("with the disk full records are refused by number, and taken again when there is room") {
    const Directory directory;
    Running auditor(directory, -1, Running::Disk::small);
    const auto client = auditor.dial();
    if (!send_records(client, 1, 1) || !answer(client))
        SKIP("no mount namespace here");
    const std::string ballast = auditor.inside(directory.file("ballast"));
    write_all(ballast, std::string(150'000, 'x'));
    std::int64_t number = 1;
    json::object said;
    do {
        REQUIRE(send_records(client, ++number, 8));
        number += 7;
        const auto next = answer(client);
        REQUIRE(next);
        said = *next;
        CHECK(said.at("upto") == number);
    } while (said.at("type") == "durable");
    CHECK(said.at("type") == "failed");
    CHECK(std::string_view(said.at("reason").as_string()).contains("No space"));

    std::filesystem::remove(ballast);
    REQUIRE(send_records(client, number + 1, 1));
    CHECK(answer(client)->at("type") == "failed");  // it would cover those that were refused
    REQUIRE(send_records(client, number - 7, 8));
    CHECK(answer(client)->at("type") == "durable");
    const auto report = verify_log({.directory = auditor.inside(directory.path()), .key = {}, .witness = {}});
    REQUIRE(report);
    CHECK_FALSE(report->misfit);
    // Its start, the note about the gap, and each of ours once.
    CHECK(report->records == static_cast<std::uint64_t>(number) + 2);
    CHECK(auditor.end(SIGTERM) == 0);
}

TEST_CASE("what a person approved, and what was done with it, is signed at once") {
    const Directory directory;
    const Running auditor(directory);
    const auto client = auditor.dial();
    std::size_t notes = 1;  // of its start
    std::int64_t number = 1;
    for (const int class_uid : {3003, 6003}) {
        json::object told = some_event(1);
        told["class_uid"] = class_uid;
        REQUIRE(send_message(client.get(), {{"type", "records"}, {"first", number++}, {"events", {told}}}));
        REQUIRE(answer(client));
        // It signs before it takes another one.
        REQUIRE(send_records(client, number++, 1));
        REQUIRE(answer(client));
        CHECK(read_notes(read_all(directory.file(kCheckpointFile)))->size() == ++notes);
    }
}

TEST_CASE("strangers and nonsense are shown the door") {
    const Directory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const Running auditor(directory);
    std::filesystem::permissions(directory.file("socket"), std::filesystem::perms::all);
    REQUIRE(seteuid(1000) == 0);
    const auto stranger = auditor.dial();
    REQUIRE(seteuid(0) == 0);
    (void)send_records(stranger, 1, 1);  // it may have been shown the door already
    CHECK_FALSE(answer(stranger));
    const auto client = auditor.dial();
    REQUIRE(send(client.get(), "[1]", 3, 0) == 3);
    CHECK_FALSE(answer(client));
    const auto other = auditor.dial();
    REQUIRE(send_message(other.get(), {{"type", "records"}, {"first", 1}}));
    CHECK_FALSE(answer(other));
    const auto good = auditor.dial();
    REQUIRE(send_records(good, 1, 1));
    CHECK(answer(good)->at("type") == "durable");
}

TEST_CASE("killed at any moment, it has every record that it acknowledged") {
    const Directory directory;
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 6; ++round) {
        Running auditor(directory);
        const auto client = auditor.dial();
        std::int64_t sent = 0;
        std::int64_t durable = 0;
        // The later the round, the more is under way when the end comes.
        while (durable < 40 * (round + 1)) {
            while (sent - durable < 64 && send_records(client, sent + 1, 4))
                sent += 4;
            const auto said = answer(client);
            REQUIRE(said);
            REQUIRE(said->at("type") == "durable");
            durable = said->at("upto").as_int64();
        }
        auditor.end(SIGKILL);
        acknowledged += static_cast<std::uint64_t>(durable);
        const auto log = open_log(directory);
        CHECK(log.size() >= acknowledged);
        CHECK_FALSE(verify(directory).misfit);
        acknowledged = log.size();
    }
}

TEST_CASE("records per second and processor time per record", "[.bench]") {
    const Directory directory;
    Running auditor(directory);
    const auto client = auditor.dial();
    constexpr std::int64_t kRecords = 200'000;
    const auto began = std::chrono::steady_clock::now();
    std::int64_t sent = 0;
    std::int64_t durable = 0;
    while (durable < kRecords) {
        while (sent < kRecords && sent - durable < 256 && send_records(client, sent + 1, 16))
            sent += 16;
        const auto said = answer(client);
        REQUIRE(said);
        durable = said->at("upto").as_int64();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    REQUIRE(auditor.end(SIGTERM) == 0);
    const auto spent = auditor.spent();
    const double cpu = static_cast<double>(spent.ru_utime.tv_sec + spent.ru_stime.tv_sec) +
                       static_cast<double>(spent.ru_utime.tv_usec + spent.ru_stime.tv_usec) / 1e6;
    WARN("audit records/s=" << static_cast<double>(kRecords) / took.count() << " cpu us/record="
                            << cpu * 1e6 / static_cast<double>(kRecords) << " peak KiB=" << spent.ru_maxrss);
}
