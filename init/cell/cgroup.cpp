#include "init/cell/cgroup.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <string_view>

namespace anchorhold::cell {
namespace {

Result<> write_value(const std::string& path, const std::string& value) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file)
        return fail("cgroup", path, errno, "the kernel or the directory above lacks this controller");
    if (write(file.get(), value.data(), value.size()) < 0)
        return fail("cgroup", path + " = " + value, errno);
    return {};
}

Result<> set_limit(const std::string& directory, std::string_view controller, std::string_view file,
                   std::uint64_t value) {
    if (value == 0)
        return {};
    const std::string above = directory.substr(0, directory.rfind('/'));
    if (auto on = write_value(above + "/cgroup.subtree_control", "+" + std::string(controller)); !on)
        return on;
    return write_value(directory + "/" + std::string(file), std::to_string(value));
}

}  // namespace

Result<UniqueFd> make_cgroup(const std::string& path, const Limits& limits) {
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        return fail("cgroup", path, errno);
    UniqueFd directory(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        return fail("cgroup", path, errno);
    struct statfs file_system{};
    if (fstatfs(directory.get(), &file_system) != 0)
        return fail("cgroup", path, errno);
    if (file_system.f_type != CGROUP2_SUPER_MAGIC)
        return fail("cgroup", path, EINVAL, "not in a cgroup v2 file system");
    if (auto set = set_limit(path, "pids", "pids.max", limits.pids_max); !set)
        return std::unexpected(set.error());
    if (auto set = set_limit(path, "memory", "memory.max", limits.memory_max); !set)
        return std::unexpected(set.error());
    if (limits.memory_max != 0) {
        // One runaway compiler must not take the person's tmux with it.
        if (auto set = write_value(path + "/memory.oom.group", "0"); !set)
            return std::unexpected(set.error());
    }
    return directory;
}

}  // namespace anchorhold::cell
