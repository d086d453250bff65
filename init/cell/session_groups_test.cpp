#include "init/cell/session_groups.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "init/cell/testing.hpp"
#include "init/supervise/cgroup_removal.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

std::string text_of(const std::string& path) {
    std::string text;
    std::getline(std::ifstream(path), text, '\0');
    return text;
}

// A cgroup with the controllers that the groups need, or none where this machine does not have them.
std::string cell_group() {
    const std::string root = testing::cgroup_root();
    const std::string group = root + "/anchorhold-door-test-" + std::to_string(getpid());
    std::error_code problem;
    if (root.empty() || !std::filesystem::create_directory(group, problem))
        return {};
    const std::string has = text_of(group + "/cgroup.controllers");
    for (const char* controller : {"cpu", "memory", "pids"}) {
        if (!has.contains(controller)) {
            std::filesystem::remove(group, problem);
            return {};
        }
    }
    return group;
}

// Both steps as they happen in a cell, in a child that is born in the group; 0 when they went well.
int in_child(const std::string& group) {
    const pid_t child = fork();
    if (child != 0) {
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::ofstream(group + "/cgroup.procs") << 0 << std::flush;
    if (!make_groups(group))
        _exit(1);
    if (!text_of("/proc/self/cgroup").ends_with("/door\n"))
        _exit(2);
    for (int login = 0; login < 2; ++login) {
        if (!enter_session(group))
            _exit(3);
    }
    if (!text_of("/proc/self/cgroup").contains("/sessions/" + std::to_string(getpid()) + "-1\n"))
        _exit(4);
    if (std::stoull(text_of(group + "/sessions/pids.max")) != kSessionTasks + kNextLoginTasks)
        _exit(5);
    // By the third login the first one's group is empty, so that its name is free again.
    if (!enter_session(group))
        _exit(6);
    if (!text_of("/proc/self/cgroup").contains("/sessions/" + std::to_string(getpid()) + "-0\n"))
        _exit(7);
    _exit(0);
}

}  // namespace

TEST_CASE("the sessions leave memory to the door, and each login leaves some to the next") {
    CHECK(sessions_memory(1024 * kMiB) == 960 * kMiB);
    CHECK(session_memory(960 * kMiB) == 896 * kMiB);
    CHECK(sessions_memory(100 * kMiB) == 50 * kMiB);
    CHECK(session_memory(kMiB) == kMiB / 2);
}

TEST_CASE("without a tree of groups a login is refused") {
    CHECK_FALSE(make_groups("/is/not/there"));
    CHECK_FALSE(enter_session("/is/not/there"));
}

TEST_CASE_METHOD(testing::MachineRoot, "the door and each login have groups, and all go with the cell's") {
    const std::string group = cell_group();
    if (group.empty())
        SKIP("no cgroup v2 with cpu, memory and pids here");
    CHECK(in_child(group) == 0);
    CHECK(init::remove_cgroup(group));
    CHECK_FALSE(std::filesystem::exists(group));
    CHECK(init::remove_cgroup(group));
}
