#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
extern "C" {  // glibc 2.41 declares these without C linkage
#include <sys/pidfd.h>
}
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "base/freed.hpp"
#include "init/launch/launch.hpp"
#include "init/netlink/netlink.hpp"
#include "init/system/apparmor_kernel.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {
namespace {

constexpr std::int64_t kNanosecondsASecond = 1'000'000'000;

Result<> give(int fd, const std::string& path, const Owner& owner) {
    if (fchown(fd, owner.uid, owner.gid) < 0)
        return fail("set the owner of", path, errno);
    if (fchmod(fd, owner.mode) < 0)
        return fail("set the mode of", path, errno);
    return {};
}

class LinuxSystem final : public System {
  public:
    Result<> mount(const std::string& what, const std::string& where, const std::string& type, unsigned long flags,
                   const std::string& options) override {
        if (::mount(what.c_str(), where.c_str(), type.empty() ? nullptr : type.c_str(), flags,
                    options.empty() ? nullptr : options.c_str()) < 0)
            return fail("mount", where, errno);
        return {};
    }

    Result<> unmount(const std::string& where) override {
        if (umount2(where.c_str(), UMOUNT_NOFOLLOW) < 0)
            return fail("unmount", where, errno);
        return {};
    }

    Result<Space> space(const std::string& where) override {
        struct statvfs found{};
        if (statvfs(where.c_str(), &found) < 0)
            return fail("ask for the space on", where, errno);
        return Space{.total_bytes = found.f_blocks * found.f_frsize,
                     .free_bytes = found.f_bavail * found.f_frsize,
                     .total_files = found.f_files};
    }

    Result<> limit_use(const std::string& where, uid_t user, const Use& most) override {
        constexpr std::uint64_t kQuotaBlock = 1024;
        const UniqueFd directory(open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        dqblk limits{};
        limits.dqb_bhardlimit = limits.dqb_bsoftlimit = most.bytes / kQuotaBlock;
        limits.dqb_ihardlimit = limits.dqb_isoftlimit = most.files;
        limits.dqb_valid = QIF_LIMITS;
        if (!directory || syscall(SYS_quotactl_fd, directory.get(), QCMD(Q_SETQUOTA, USRQUOTA), user, &limits) < 0)
            return fail("limit the agent's use of", where, errno);
        return {};
    }

    void sync() override { ::sync(); }

    Result<> make_directory(const std::string& path, const Owner& owner) override {
        if (mkdir(path.c_str(), 0700) < 0 && errno != EEXIST)
            return fail("make directory", path, errno);
        const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory)
            return fail("open directory", path, errno);
        return give(directory.get(), path, owner);
    }

    Result<> make_file(const std::string& path, ByteView content, const Owner& owner) override {
        const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file)
            return fail("make file", path, errno);
        for (std::size_t done = 0; done < content.size();) {
            const ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
            if (n < 0)
                return fail("write", path, errno);
            done += static_cast<std::size_t>(n);
        }
        return give(file.get(), path, owner);
    }

    Result<> write(const std::string& path, std::string_view text) override {
        const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!file)
            return fail("open", path, errno);
        if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            return fail("write", path, errno);
        return {};
    }

    Result<> check_apparmor_features(const std::string& path) override { return init::check_apparmor_features(path); }

    Result<> replace_apparmor_policy(std::string_view policy) override { return init::replace_apparmor_policy(policy); }

    Result<std::string> read(const std::string& path, std::size_t most) override {
        const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file)
            return fail("open", path, errno);
        std::string out;
        while (out.size() <= most) {
            const std::size_t have = out.size();
            out.resize(std::min(most + 1, have + 65536));
            const ssize_t n = ::read(file.get(), out.data() + have, out.size() - have);
            if (n < 0)
                return fail("read", path, errno);
            out.resize(have + static_cast<std::size_t>(n));
            if (n == 0)
                return out;
        }
        return fail("read", path, EFBIG, "longer than " + std::to_string(most) + " bytes");
    }

    Result<Bytes> read_at(const std::string& path, std::uint64_t offset, std::size_t size) override {
        const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file)
            return fail("open", path, errno);
        Bytes out(size);
        for (std::size_t done = 0; done < size;) {
            const ssize_t n = pread(file.get(), out.data() + done, size - done, static_cast<off_t>(offset + done));
            if (n <= 0)
                return fail("read", path, n < 0 ? errno : EIO);
            done += static_cast<std::size_t>(n);
        }
        return out;
    }

    Result<std::uint64_t> size_of_disk(const std::string& path) override {
        const UniqueFd disk(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!disk)
            return fail("open", path, errno);
        std::uint64_t bytes = 0;
        if (ioctl(disk.get(), BLKGETSIZE64, &bytes) < 0)
            return fail("ask for the size of", path, errno);
        return bytes;
    }

    Result<std::vector<std::string>> list(const std::string& path) override {
        const Owned<DIR, closedir> directory(opendir(path.c_str()));
        if (!directory)
            return fail("list", path, errno);
        std::vector<std::string> names;
        while (const dirent* entry = readdir(directory.get())) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..")
                names.emplace_back(name);
        }
        std::ranges::sort(names);
        return names;
    }

    bool exists(const std::string& path) override { return access(path.c_str(), F_OK) == 0; }

    Result<std::int64_t> modified(const std::string& path) override {
        struct stat found{};
        if (stat(path.c_str(), &found) < 0)
            return fail("stat", path, errno);
        return found.st_mtim.tv_sec;
    }

    Result<> set_hostname(const std::string& name) override {
        if (sethostname(name.c_str(), name.size()) < 0)
            return fail("set hostname", name, errno);
        return {};
    }

    std::int64_t clock() override { return time(nullptr); }

    Result<> set_clock(std::int64_t seconds) override {
        const timespec to{.tv_sec = seconds, .tv_nsec = 0};
        if (clock_settime(CLOCK_REALTIME, &to) < 0)
            return fail("set the clock to", std::to_string(seconds), errno);
        return {};
    }

    std::int64_t nanoseconds() override {
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        return std::int64_t{now.tv_sec} * kNanosecondsASecond + now.tv_nsec;
    }

    Result<> step_clock(std::int64_t by) override {
        // Whole seconds downward, so that the rest is never negative.
        const std::int64_t seconds = (by < 0 ? by - kNanosecondsASecond + 1 : by) / kNanosecondsASecond;
        timex change{};
        change.modes = ADJ_SETOFFSET | ADJ_NANO;
        change.time.tv_sec = seconds;
        change.time.tv_usec = by - seconds * kNanosecondsASecond;
        if (clock_adjtime(CLOCK_REALTIME, &change) < 0)
            return fail("step the clock by", std::to_string(by) + " ns", errno);
        return {};
    }

    Result<> slew_clock(std::int64_t by) override {
        timex change{};
        change.modes = ADJ_OFFSET_SINGLESHOT;
        change.offset = by;
        if (clock_adjtime(CLOCK_REALTIME, &change) < 0)
            return fail("slew the clock by", std::to_string(by) + " us", errno);
        return {};
    }

    std::uint64_t microseconds_since_boot() override {
        timespec now{};
        clock_gettime(CLOCK_BOOTTIME, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U + static_cast<std::uint64_t>(now.tv_nsec) / 1000U;
    }

    std::uint32_t random() override {
        std::uint32_t value = 0;
        if (getrandom(&value, sizeof value, GRND_INSECURE) != sizeof value)
            return 0;
        return value;
    }

    bool random_is_seeded() override {
        std::uint8_t byte = 0;
        return getrandom(&byte, 1, GRND_NONBLOCK) == 1;
    }

    Result<> raise_link(const std::string& name) override {
        return netlink::connect().and_then(
            [&](const netlink::Socket& socket) { return netlink::raise_link(socket, name); });
    }
    Result<> add_address(const std::string& link, const std::string& prefix) override {
        return netlink::connect().and_then(
            [&](const netlink::Socket& socket) { return netlink::add_address(socket, link, prefix); });
    }
    Result<> add_default_route(const std::string& link, const std::string& gateway) override {
        return netlink::connect().and_then(
            [&](const netlink::Socket& socket) { return netlink::add_default_route(socket, link, gateway); });
    }

    Result<> make_cgroup(const CgroupRow& row) override { return init::make_cgroup(row); }
    Result<Child> launch(const LaunchSpec& spec) override { return init::launch(spec); }

    Result<> signal(int pidfd, int number) override {
        if (pidfd_send_signal(pidfd, number, nullptr, 0) < 0)
            return fail("send signal", std::to_string(number), errno);
        return {};
    }

    std::optional<Ended> peek_ended() noexcept override {
        siginfo_t info{};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return std::nullopt;
        return Ended{.pid = info.si_pid, .how = info.si_code, .status = info.si_status};
    }

    void reap(pid_t pid) noexcept override {
        siginfo_t info{};
        waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
    }

    Result<> catch_ctrl_alt_del() override {
        if (reboot(RB_DISABLE_CAD) < 0)
            return fail("catch Ctrl-Alt-Del", "", errno);
        return {};
    }

    void arm_failsafe(unsigned seconds, bool again) override {
        if (fork() != 0)
            return;
        setsid();
        const timespec pause{.tv_sec = seconds, .tv_nsec = 0};
        nanosleep(&pause, nullptr);
        reboot(again ? RB_AUTOBOOT : RB_POWER_OFF);
        _exit(1);
    }

    void power_off() override { reboot(RB_POWER_OFF); }
    void restart() override { reboot(RB_AUTOBOOT); }
};

}  // namespace

std::unique_ptr<System> linux_system() {
    return std::make_unique<LinuxSystem>();
}

}  // namespace anchorhold::init
