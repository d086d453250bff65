// How long it takes to make a clean cell, run `true` in it and take it down, next to bubblewrap with the same
// namespaces, mounts, capabilities and filters. Alternating, so that both meet the same machine. Runs as root in the
// tools tree:
//   image/in-tools BUILD/init/cell/bench-cell [ROUNDS]
// Last line: cell ratio=R, median of ours by median of bubblewrap's; below 1 is faster.

#include "init/cell/cell.hpp"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/cell/seccomp.hpp"
#include "init/launch/launch.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

constexpr int kRounds = 200;
constexpr char kProgram[] = "/usr/bin/true";
constexpr std::uint64_t kData = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

init::LaunchSpec ours(const std::vector<Filter>& filters) {
    using enum MountKind;
    Spec spec;
    spec.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET;
    spec.root = "/";
    spec.mounts = {
        {.kind = bind, .target = "/usr", .source = "/usr", .attributes = kData | MOUNT_ATTR_RDONLY},
        {.kind = bind, .target = "/etc", .source = "/etc", .attributes = kData | MOUNT_ATTR_RDONLY},
        {.kind = fresh, .target = "/dev", .source = "tmpfs", .data = "mode=0755", .attributes = MOUNT_ATTR_NOSUID},
        {.kind = device, .target = "/dev/null", .mode = 0666, .major = 1, .minor = 3},
        {.kind = device, .target = "/dev/zero", .mode = 0666, .major = 1, .minor = 5},
        {.kind = device, .target = "/dev/full", .mode = 0666, .major = 1, .minor = 7},
        {.kind = device, .target = "/dev/random", .mode = 0666, .major = 1, .minor = 8},
        {.kind = device, .target = "/dev/urandom", .mode = 0666, .major = 1, .minor = 9},
        {.kind = device, .target = "/dev/tty", .mode = 0666, .major = 5, .minor = 0},
        {.kind = symlink, .target = "/dev/stdin", .source = "/proc/self/fd/0"},
        {.kind = symlink, .target = "/dev/stdout", .source = "/proc/self/fd/1"},
        {.kind = symlink, .target = "/dev/stderr", .source = "/proc/self/fd/2"},
        {.kind = symlink, .target = "/dev/fd", .source = "/proc/self/fd"},
        {.kind = symlink, .target = "/dev/core", .source = "/proc/kcore"},
        {.kind = directory, .target = "/dev/shm"},
        {.kind = fresh,
         .target = "/dev/pts",
         .source = "devpts",
         .data = "newinstance,ptmxmode=0666,mode=0620",
         .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
        {.kind = symlink, .target = "/dev/ptmx", .source = "pts/ptmx"},
        {.kind = fresh, .target = "/proc", .source = "proc", .attributes = kData | MOUNT_ATTR_NOEXEC},
        {.kind = fresh, .target = "/run", .source = "tmpfs", .attributes = kData},
        {.kind = fresh, .target = "/tmp", .source = "tmpfs", .attributes = kData},
    };
    spec.filters = filters;
    spec.environment = {"PATH=/usr/bin"};
    spec.command = {kProgram};
    spec.limits = {};
    return launch_spec(spec);
}

int filter_file(const Filter& filter) {
    const int file = memfd_create("filter", 0);
    const std::size_t size = filter.size() * sizeof(sock_filter);
    if (file < 0 || write(file, filter.data(), size) != static_cast<ssize_t>(size))
        std::exit(EXIT_FAILURE);
    return file;
}

std::vector<std::string> bubblewrap(const std::vector<int>& filters) {
    std::vector<std::string> words{
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup",
        "--unshare-net",
        "--as-pid-1",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/bin",
        "--ro-bind",
        "/usr",
        "/usr",
        "--ro-bind",
        "/etc",
        "/etc",
        "--symlink",
        "usr/bin",
        "/bin",
        "--symlink",
        "usr/sbin",
        "/sbin",
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/run",
        "--tmpfs",
        "/tmp",
        "--remount-ro",
        "/",
    };
    for (const int file : filters) {
        words.emplace_back("--add-seccomp-fd");
        words.push_back(std::to_string(file));
    }
    words.emplace_back(kProgram);
    return words;
}

void expect_success(pid_t child, const char* who) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) {
        dprintf(STDERR_FILENO, "%s: status %d\n", who, status);
        std::exit(EXIT_FAILURE);
    }
}

void run_ours(const init::LaunchSpec& spec) {
    auto running = init::launch(spec);
    if (!running) {
        dprintf(STDERR_FILENO, "%s\n", running.error().text().c_str());
        std::exit(EXIT_FAILURE);
    }
    expect_success(running->pid, "cell");
}

void run_bubblewrap(const std::vector<std::string>& words, const std::vector<int>& filters) {
    for (const int file : filters)
        lseek(file, 0, SEEK_SET);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawn(&child, "/usr/bin/bwrap", nullptr, nullptr, arguments.data(), nullptr) != 0)
        std::exit(EXIT_FAILURE);
    expect_success(child, "bwrap");
}

template <class Run>
double milliseconds(const Run& run) {
    const auto before = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int count, char** words) {
    const int rounds = count > 1 ? static_cast<int>(std::strtol(words[1], nullptr, 10)) : kRounds;
    auto filters = agent_filters();
    if (!filters || rounds < 1)
        return EXIT_FAILURE;
    std::vector<int> files;
    for (const Filter& filter : *filters)
        files.push_back(filter_file(filter));
    const init::LaunchSpec spec = ours(*filters);
    const std::vector<std::string> command = bubblewrap(files);
    std::vector<double> mine;
    std::vector<double> theirs;
    for (int round = 0; round < rounds; ++round) {
        mine.push_back(milliseconds([&] { run_ours(spec); }));
        theirs.push_back(milliseconds([&] { run_bubblewrap(command, files); }));
    }
    std::printf("rounds %d\ncell  %.2f ms\nbwrap %.2f ms\ncell ratio=%.2f\n", rounds, median(mine), median(theirs),
                median(mine) / median(theirs));
    return EXIT_SUCCESS;
}
