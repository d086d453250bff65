#include "init/cell/reaper.hpp"

#include <fcntl.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "init/cell/readiness.hpp"
#include "init/cell/session_groups.hpp"
#include "init/cell/testing.hpp"
#include "init/cell/told.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;
using testing::output_of;

namespace {

const std::vector<int> kCapabilities{CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP};

// The reaper as pid 1 of a cell; the host key's path exists, so no key is made.
Spec under_reaper(const std::string& script) {
    Spec spec =
        testing::small_cell({"/run/reaper", kNoGroups, "/dev/null", "/usr/bin/true", "/usr/bin/sh", "-c", script});
    spec.mounts.push_back({.kind = MountKind::bind, .target = "/run/reaper", .source = CELL_REAPER});
    spec.capabilities = kCapabilities;
    return spec;
}

}  // namespace

TEST_CASE_METHOD(testing::MachineRoot, "a thousand orphans leave no zombie") {
    // `/run/probe orphans` ends before its children are waited for; they become the reaper's.
    const std::string text = output_of(
        under_reaper("/run/probe orphans 1000; set -- a b c d; until [ $# -le 2 ]; do set -- /proc/[0-9]*; done;"
                     "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l; kill -TERM 1; sleep 1000"));
    CHECK(text == "0\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "what ends is started again") {
    const std::string text =
        output_of(under_reaper("echo run; if [ -e /run/second ]; then kill -TERM 1; sleep 1000; fi; : > /run/second"));
    CHECK(text == "run\nrun\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "TERM reaches all, and pid 1 leaves last") {
    const std::string text =
        output_of(under_reaper("(trap 'echo told; exit' TERM; : > /run/ready; while :; do sleep 0.1; done) &"
                               "until [ -e /run/ready ]; do sleep 0.01; done; kill -TERM 1; wait"));
    CHECK(text.find("told\n") != std::string::npos);
}

TEST_CASE_METHOD(testing::MachineRoot, "only CAP_KILL is in effect, and the program may have what is permitted") {
    const Spec spec =
        under_reaper("grep CapEff /proc/1/status; grep CapEff /proc/self/status; kill -TERM 1; sleep 1000");
    CHECK(output_of(spec) == "CapEff:\t0000000000000020\nCapEff:\t00000000000001e0\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "LISTEN_PID is the program's own") {
    const Spec spec = under_reaper("[ $LISTEN_PID = $$ ] && echo mine; kill -TERM 1; sleep 1000");
    CHECK(output_of(spec) == "mine\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "init hears once that the program is ready, from root of the cell alone") {
    std::array<int, 2> pipe{};
    REQUIRE(pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    const UniqueFd reader(pipe[0]);
    UniqueFd writer(pipe[1]);
    Spec spec = under_reaper(
        "stat -c '%a %u' $NOTIFY_SOCKET; [ -e /proc/self/fd/4 ] && echo handed on;"
        "systemd-notify --no-block READY=10; sleep 0.3; [ -e $NOTIFY_SOCKET ] && echo waits;"
        "systemd-notify --no-block --status=soon; systemd-notify --no-block --ready;"
        "while [ -e $NOTIFY_SOCKET ]; do :; done; kill -TERM 1; sleep 1000");
    spec.mounts.push_back({.kind = MountKind::directory, .target = "/run/sshd", .mode = 0755});
    spec.fds.push_back({.fd = writer.get(), .as = kReadyFd});
    CHECK(output_of(spec) == "600 0\nwaits\n");
    writer.reset();
    Told said;
    CHECK(read(reader.get(), &said, sizeof said) == sizeof said);
    CHECK(heard(said));
}

TEST_CASE("a host key is made once and belongs to root alone") {
    std::string directory = "/tmp/anchorhold-key-XXXXXX";
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    const std::string path = directory + "/host_key";
    REQUIRE(ensure_host_key(path));
    struct stat first{};
    REQUIRE(stat(path.c_str(), &first) == 0);
    CHECK((first.st_mode & 07777) == 0600);
    CHECK(std::filesystem::exists(path + ".pub"));
    REQUIRE(ensure_host_key(path));
    struct stat second{};
    REQUIRE(stat(path.c_str(), &second) == 0);
    CHECK(first.st_ino == second.st_ino);
    std::filesystem::remove_all(directory);

    const auto nowhere = ensure_host_key("/is/not/there/host_key");
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().tried == "host key");
}
