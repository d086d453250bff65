#include "init/supervise/cgroup_removal.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/freed.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::init {
namespace {

Result<> remove_tree(const std::string& path) {
    std::vector<std::string> below;
    {
        const Owned<DIR, closedir> directory(opendir(path.c_str()));
        if (!directory)
            return errno == ENOENT ? Result<>() : fail("remove cgroup", path, errno);
        while (const dirent* entry = readdir(directory.get())) {
            if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                below.push_back(path + "/" + entry->d_name);
        }
    }
    for (const std::string& group : below) {
        if (auto removed = remove_tree(group); !removed)
            return removed;
    }
    if (rmdir(path.c_str()) != 0 && errno != ENOENT)
        return fail("remove cgroup", path, errno);
    return {};
}

}  // namespace

Result<> remove_cgroup(const std::string& path) {
    const UniqueFd kill(open((path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
    if (kill && write(kill.get(), "1", 1) < 0)
        return fail("end the processes of cgroup", path, errno);
    return remove_tree(path);
}

}  // namespace anchorhold::init
