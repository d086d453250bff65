// The one seam to the machine: every system call by which init changes it, or by which a test must stand in for it.
// linux_system.cpp is the real one; fake_system.hpp the tests'. Errors say call, object and errno; nothing is retried
// here.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "init/launch/cgroup.hpp"
#include "init/launch/child_end.hpp"
#include "init/launch/launch_spec.hpp"

namespace anchorhold::init {

struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
    mode_t mode = 0;
};

struct Space {
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t total_files = 0;
};

// Of a file system, by one user.
struct Use {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

class System {
  public:
    System() = default;
    System(const System&) = delete;
    System& operator=(const System&) = delete;
    virtual ~System() = default;

    virtual Result<> mount(const std::string& what, const std::string& where, const std::string& type,
                           unsigned long flags, const std::string& options) = 0;
    virtual Result<> unmount(const std::string& where) = 0;
    virtual Result<Space> space(const std::string& where) = 0;
    // The most that this user may have on the mounted file system (quotactl_fd(2)).
    virtual Result<> limit_use(const std::string& where, uid_t user, const Use& most) = 0;
    virtual void sync() = 0;

    // Makes the directory if need be; owner and mode are set either way. A symlink in its place is an error.
    virtual Result<> make_directory(const std::string& path, const Owner& owner) = 0;
    // A new file, never an old one opened again.
    virtual Result<> make_file(const std::string& path, ByteView content, const Owner& owner) = 0;
    // One write to a file that the kernel serves (proc, sys, cgroup).
    virtual Result<> write(const std::string& path, std::string_view text) = 0;

    // AppArmor, as apparmor_kernel.hpp says.
    virtual Result<> check_apparmor_features(const std::string& path) = 0;
    virtual Result<> replace_apparmor_policy(std::string_view policy) = 0;

    // At most `most` bytes; a longer file is EFBIG.
    virtual Result<std::string> read(const std::string& path, std::size_t most) = 0;
    virtual Result<Bytes> read_at(const std::string& path, std::uint64_t offset, std::size_t size) = 0;
    virtual Result<std::uint64_t> size_of_disk(const std::string& path) = 0;
    // Names in a directory, sorted.
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
    // The same, and nothing for a directory that is not there.
    std::vector<std::string> names_in(const std::string& path) {
        auto names = list(path);
        return names ? std::move(*names) : std::vector<std::string>();
    }
    virtual bool exists(const std::string& path) = 0;
    // Seconds since 1970 of the file's last change.
    virtual Result<std::int64_t> modified(const std::string& path) = 0;

    virtual Result<> set_hostname(const std::string& name) = 0;
    virtual std::int64_t clock() = 0;
    virtual Result<> set_clock(std::int64_t seconds) = 0;
    // The same in nanoseconds, and what brings it to another time: at once, or little by little (adjtimex(2)).
    virtual std::int64_t nanoseconds() = 0;
    virtual Result<> step_clock(std::int64_t nanoseconds) = 0;
    virtual Result<> slew_clock(std::int64_t microseconds) = 0;
    // CLOCK_BOOTTIME.
    virtual std::uint64_t microseconds_since_boot() = 0;
    virtual std::uint32_t random() = 0;  // for jitter, not for keys
    virtual bool random_is_seeded() = 0;

    // Links by name; prefixes and gateways as numeric text, of either family.
    virtual Result<> raise_link(const std::string& name) = 0;
    virtual Result<> add_address(const std::string& link, const std::string& prefix) = 0;
    virtual Result<> add_default_route(const std::string& link, const std::string& gateway) = 0;

    virtual Result<> make_cgroup(const CgroupRow& row) = 0;
    virtual Result<Child> launch(const LaunchSpec& spec) = 0;
    virtual Result<> signal(int pidfd, int number) = 0;
    // Some child that has ended, left as a zombie so that its pid stays valid; then reap() frees it.
    virtual std::optional<Ended> peek_ended() noexcept = 0;
    virtual void reap(pid_t pid) noexcept = 0;

    // Ctrl-Alt-Del, where the kernel has a terminal to take it from, comes as SIGINT from now on.
    virtual Result<> catch_ctrl_alt_del() = 0;
    // A child that turns the machine off when PID 1 itself hangs in an unmount or sync.
    virtual void arm_failsafe(unsigned seconds, bool restart) = 0;
    virtual void power_off() = 0;
    virtual void restart() = 0;
};

std::unique_ptr<System> linux_system();

}  // namespace anchorhold::init
