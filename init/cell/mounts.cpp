#include "init/cell/mounts.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/unique_fd.hpp"

namespace anchorhold::cell {
namespace {

// Where the new root is put together: a directory that every root has, and from which no row takes its source.
constexpr char kBench[] = "/proc";

// Links of the root are followed as the cell will follow them, never out of it.
UniqueFd open_inside(int root, const std::string& path, std::uint64_t flags) {
    open_how how{};
    how.flags = flags | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT;
    return UniqueFd(static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

struct Place {
    UniqueFd parent;
    std::string name;
};

Result<Place> parent_of(int root, const Mount& row) {
    const std::size_t slash = row.target.rfind('/');
    const std::string above = slash == 0 ? "/" : row.target.substr(0, slash);
    Place place{.parent = open_inside(root, above, O_PATH | O_DIRECTORY), .name = row.target.substr(slash + 1)};
    if (!place.parent)
        return fail("mount point", above, errno, "the image must have this directory");
    return place;
}

// A file system that is not read-only gets the mount point made; the image must have the others.
Result<UniqueFd> mount_point(int root, const Mount& row, bool directory) {
    UniqueFd point = open_inside(root, row.target, O_PATH);
    if (point || errno != ENOENT || row.optional)
        return point ? Result<UniqueFd>(std::move(point)) : fail("mount point", row.target, errno);
    auto place = parent_of(root, row);
    if (!place)
        return std::unexpected(place.error());
    const int made = directory ? mkdirat(place->parent.get(), place->name.c_str(), 0755)
                               : mknodat(place->parent.get(), place->name.c_str(), S_IFREG | 0444, 0);
    if (made != 0)
        return fail("mount point", row.target, errno, "the image must have it");
    point = open_inside(root, row.target, O_PATH);
    if (!point)
        return fail("mount point", row.target, errno);
    return point;
}

bool is_directory(int fd) {
    struct stat status{};
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

Result<> put(int root, const Mount& row, const UniqueFd& mount, bool directory) {
    auto point = mount_point(root, row, directory);
    if (!point)
        return std::unexpected(point.error());
    if (move_mount(mount.get(), "", point->get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return fail("mount", row.target, errno);
    return {};
}

Result<> set_attributes(const UniqueFd& mount, const Mount& row, std::uint64_t attributes) {
    if (attributes == 0)
        return {};
    mount_attr change{};
    change.attr_set = attributes;
    if (mount_setattr(mount.get(), "", AT_EMPTY_PATH, &change, sizeof change) != 0)
        return fail("mount attributes", row.target, errno);
    return {};
}

Result<> configure(int file_system, std::string_view options, const Mount& row) {
    while (!options.empty()) {
        const std::size_t comma = options.find(',');
        const std::string option(options.substr(0, comma));
        options = comma == std::string_view::npos ? std::string_view{} : options.substr(comma + 1);
        const std::size_t equals = option.find('=');
        const int done = equals == std::string::npos
                             ? fsconfig(file_system, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0)
                             : fsconfig(file_system, FSCONFIG_SET_STRING, option.substr(0, equals).c_str(),
                                        option.c_str() + equals + 1, 0);
        if (done != 0)
            return fail("mount option " + option, row.target, errno);
    }
    return {};
}

Result<> mount_fresh(int root, const Mount& row) {
    const UniqueFd file_system(fsopen(row.source.c_str(), FSOPEN_CLOEXEC));
    if (!file_system)
        return fail("mount " + row.source, row.target, errno);
    // Only a name, for df(1) and people.
    fsconfig(file_system.get(), FSCONFIG_SET_STRING, "source", row.source.c_str(), 0);
    if (auto set = configure(file_system.get(), row.data, row); !set)
        return set;
    if (fsconfig(file_system.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return fail("mount " + row.source, row.target, errno);
    const UniqueFd mount(fsmount(file_system.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(row.attributes)));
    if (!mount)
        return fail("mount " + row.source, row.target, errno);
    return put(root, row, mount, true);
}

Result<> mount_bind(int root, const Mount& row) {
    const UniqueFd mount(open_tree(AT_FDCWD, row.source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!mount)
        return fail("bind " + row.source, row.target, errno);
    if (auto set = set_attributes(mount, row, row.attributes); !set)
        return set;
    return put(root, row, mount, is_directory(mount.get()));
}

Result<> hide(int root, const Mount& row) {
    const UniqueFd point = open_inside(root, row.target, O_PATH);
    if (!point)
        return fail("mask", row.target, errno);
    if (is_directory(point.get())) {
        Mount empty = row;
        empty.source = "tmpfs";
        empty.data = "size=0,nr_inodes=1,mode=0555";
        empty.attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
        return mount_fresh(root, empty);
    }
    const UniqueFd nothing = open_inside(root, "/dev/null", O_PATH);
    if (!nothing)
        return fail("mask", row.target, errno, "the row of /dev/null must come before it");
    const UniqueFd mount(open_tree(nothing.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!mount)
        return fail("mask", row.target, errno);
    return put(root, row, mount, false);
}

Result<> make_read_only(int root, const Mount& row) {
    const UniqueFd directory = open_inside(root, row.target, O_PATH);
    if (!directory)
        return fail("make read-only", row.target, errno);
    const UniqueFd mount(open_tree(directory.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!mount)
        return fail("make read-only", row.target, errno);
    if (auto set = set_attributes(mount, row, MOUNT_ATTR_RDONLY | row.attributes); !set)
        return set;
    return put(root, row, mount, true);
}

Result<> make_file(const Place& place, const Mount& row) {
    const UniqueFd file(openat(place.parent.get(), place.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file)
        return fail("file", row.target, errno);
    if (write(file.get(), row.data.data(), row.data.size()) != static_cast<ssize_t>(row.data.size()))
        return fail("file", row.target, errno);
    if (fchown(file.get(), row.uid, row.gid) != 0 || fchmod(file.get(), row.mode) != 0)
        return fail("file", row.target, errno);
    return {};
}

// Nodes on a file system that an earlier row has brought.
Result<> make_node(int root, const Mount& row) {
    auto place = parent_of(root, row);
    if (!place)
        return std::unexpected(place.error());
    const int at = place->parent.get();
    const char* name = place->name.c_str();
    int done = -1;
    switch (row.kind) {
        case MountKind::directory:
            done = mkdirat(at, name, 0700);
            if (done == 0 && (fchownat(at, name, row.uid, row.gid, AT_SYMLINK_NOFOLLOW) != 0 ||
                              fchmodat(at, name, row.mode, 0) != 0))
                done = -1;
            break;
        case MountKind::symlink:
            done = symlinkat(row.source.c_str(), at, name);
            break;
        case MountKind::device:
            done = mknodat(at, name, S_IFCHR | row.mode, makedev(row.major, row.minor));
            break;
        default:
            return make_file(*place, row);
    }
    if (done != 0)
        return fail("make", row.target, errno);
    return {};
}

Result<> lay(int root, const Mount& row) {
    switch (row.kind) {
        case MountKind::fresh:
            return mount_fresh(root, row);
        case MountKind::bind:
            return mount_bind(root, row);
        case MountKind::mask:
            return hide(root, row);
        case MountKind::read_only:
            return make_read_only(root, row);
        case MountKind::directory:
        case MountKind::symlink:
        case MountKind::file:
        case MountKind::device:
            return make_node(root, row);
    }
    return fail("mount", row.target, EINVAL);
}

Result<> become_root(int root) {
    if (fchdir(root) != 0)
        return fail("enter", "/", errno);
    // Both names are ".": the old root ends up on top of the new one and is taken off, with no directory needed for it.
    if (syscall(SYS_pivot_root, ".", ".") != 0)
        return fail("pivot_root", "/", errno);
    if (umount2(".", MNT_DETACH) != 0)
        return fail("let go of the old root", "/", errno);
    if (chdir("/") != 0)
        return fail("enter", "/", errno);
    return {};
}

}  // namespace

Result<> enter_view(const std::string& root, const std::vector<Mount>& mounts) {
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return fail("make mounts private", "/", errno);
    const UniqueFd tree(open_tree(AT_FDCWD, root.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree)
        return fail("bind " + root, "/", errno);
    const Mount whole{.kind = MountKind::bind, .target = "/"};
    if (auto set = set_attributes(tree, whole, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV); !set)
        return set;
    if (move_mount(tree.get(), "", AT_FDCWD, kBench, MOVE_MOUNT_F_EMPTY_PATH) != 0)
        return fail("mount", kBench, errno);
    for (const Mount& row : mounts) {
        if (auto laid = lay(tree.get(), row); !laid) {
            if (row.optional && laid.error().number == ENOENT)
                continue;
            return laid;
        }
    }
    return become_root(tree.get());
}

}  // namespace anchorhold::cell
