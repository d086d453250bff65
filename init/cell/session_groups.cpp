#include "init/cell/session_groups.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "base/file.hpp"
#include "base/freed.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::cell {
namespace {

constexpr char kControllers[] = "+memory +pids +cpu";
constexpr char kThisProcess[] = "0";
constexpr std::size_t kMaxValue = 64;
constexpr int kMaxTries = 1000;
// Of processor time while it is short, where a login has 100: a handshake comes through beside a spinning session.
constexpr std::uint64_t kDoorWeight = 1000;

Result<> write_value(const std::string& path, std::string_view value) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || write(file.get(), value.data(), value.size()) < 0)
        return fail("cgroup", path + " = " + std::string(value), errno);
    return {};
}

Result<> write_value(const std::string& path, std::uint64_t value) {
    return write_value(path, std::to_string(value));
}

// 0: there is no limit.
Result<std::uint64_t> read_limit(const std::string& path) {
    const auto text = read_file(path, kMaxValue);
    if (!text)
        return std::unexpected(text.error());
    if (*text == "max\n")
        return 0;
    std::uint64_t value = 0;
    const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (wrong != std::errc() || std::string_view(end, text->data() + text->size()) != "\n")
        return fail("read cgroup limit", path, EBADMSG, "it is not a number");
    return value;
}

Result<> make_directory(const std::string& path) {
    if (mkdir(path.c_str(), 0755) != 0)
        return fail("cgroup", path, errno);
    return {};
}

std::uint64_t all_but(std::uint64_t whole, std::uint64_t part) {
    return std::max(whole / 2, whole > part ? whole - part : 0);
}

// Ended logins; the kernel keeps a group that has processes.
void remove_ended(const std::string& sessions) {
    const Owned<DIR, closedir> directory(opendir(sessions.c_str()));
    if (!directory)
        return;
    while (const dirent* entry = readdir(directory.get())) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            rmdir((sessions + "/" + entry->d_name).c_str());
    }
}

Result<> limit_session(const std::string& group, std::uint64_t memory) {
    if (memory != 0) {
        if (auto set = write_value(group + "/memory.max", memory); !set)
            return set;
    }
    return write_value(group + "/pids.max", kSessionTasks);
}

}  // namespace

std::uint64_t sessions_memory(std::uint64_t cell) {
    return all_but(cell, kDoorMemory);
}

std::uint64_t session_memory(std::uint64_t sessions) {
    return all_but(sessions, kNextLoginMemory);
}

Result<> make_groups(const std::string& groups) {
    const std::string door = groups + "/" + kDoorGroup;
    const std::string sessions = groups + "/" + kSessionsGroup;
    const auto cell_limit = read_limit(groups + "/memory.max");
    if (!cell_limit)
        return std::unexpected(cell_limit.error());
    for (const std::string& group : {door, sessions}) {
        if (auto made = make_directory(group); !made)
            return made;
    }
    // A group with controllers for the groups below it has no processes of its own, so this one leaves it first.
    if (auto moved = write_value(door + "/cgroup.procs", kThisProcess); !moved)
        return moved;
    for (const std::string& group : {groups, sessions}) {
        if (auto on = write_value(group + "/cgroup.subtree_control", kControllers); !on)
            return on;
    }
    if (*cell_limit != 0) {
        if (auto set = write_value(sessions + "/memory.max", sessions_memory(*cell_limit)); !set)
            return set;
    }
    if (auto set = write_value(sessions + "/pids.max", kSessionTasks + kNextLoginTasks); !set)
        return set;
    if (auto set = write_value(door + "/memory.min", kDoorMemoryMin); !set)
        return set;
    return write_value(door + "/cpu.weight", kDoorWeight);
}

Result<> enter_session(const std::string& groups) {
    const std::string sessions = groups + "/" + kSessionsGroup;
    const auto limit = read_limit(sessions + "/memory.max");
    if (!limit)
        return std::unexpected(limit.error());
    const std::uint64_t memory = *limit == 0 ? 0 : session_memory(*limit);
    remove_ended(sessions);
    // An earlier login whose process had this pid may have left programs behind, and another login may remove a group
    // while it is still empty. No lock keeps them apart: whoever can see a directory can hold a lock on it for ever.
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
        const std::string group = sessions + "/" + std::to_string(getpid()) + "-" + std::to_string(attempt);
        auto done = make_directory(group);
        if (done)
            done = limit_session(group, memory);
        if (done)
            done = write_value(group + "/cgroup.procs", kThisProcess);
        if (done)
            return done;
        const int number = done.error().number;
        if (number != EEXIST && number != ENOENT && number != ENODEV)
            return done;
    }
    return fail("cgroup", sessions, EAGAIN, "no group could be made for this login");
}

}  // namespace anchorhold::cell
