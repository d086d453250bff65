#include "init/launch/cgroup.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.hpp"

namespace anchorhold::init {
namespace {

Result<> set(const std::string& path, std::string_view value) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file)
        return fail("cgroup", path, errno, "the kernel or the directory above lacks this controller");
    if (write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
        return fail("cgroup", path, errno, "it does not take '" + std::string(value) + "'");
    return {};
}

}  // namespace

Result<> make_cgroup(const CgroupRow& row) {
    if (mkdir(row.path.c_str(), 0755) != 0 && errno != EEXIST)
        return fail("cgroup", row.path, errno);
    struct statfs file_system{};
    if (statfs(row.path.c_str(), &file_system) != 0)
        return fail("cgroup", row.path, errno);
    if (file_system.f_type != CGROUP2_SUPER_MAGIC)
        return fail("cgroup", row.path, EINVAL, "not in a cgroup v2 file system");
    if (!row.controllers.empty()) {
        if (auto on = set(row.path + "/cgroup.subtree_control", row.controllers); !on)
            return on;
    }
    for (const CgroupLimit& limit : row.limits) {
        if (auto limited = set(row.path + "/" + std::string(limit.file), std::to_string(limit.value)); !limited)
            return limited;
    }
    return {};
}

}  // namespace anchorhold::init
