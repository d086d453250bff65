#include "init/cell/workstation.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/identities.hpp"
#include "init/cell/testing.hpp"
#include "init/cell/workstation_view.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;
using testing::output_of;

namespace {

// The real Spec with the test machine's system as the image, and a shell as the agent in place of the reaper.
class House {
  public:
    House() {
        REQUIRE(mkdtemp(directory_.data()) != nullptr);
        for (const char* name :
             {"/state", "/trust", "/root", "/root/usr", "/root/etc", "/root/dev", "/root/proc", "/root/sys",
              "/root/run", "/root/tmp", "/root/var", "/root/var/tmp", "/root/home", "/root/home/agent"})
            std::filesystem::create_directory(directory_ + name);
        for (const char* name : {"bin", "lib", "lib64", "sbin"})
            std::filesystem::create_symlink(std::string("usr/") + name, directory_ + "/root/" + name);
        std::ofstream(directory_ + "/trust/ca-certificates.crt") << "roots\n";
    }
    ~House() { std::filesystem::remove_all(directory_); }
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    Spec agent(const std::string& script, Workstation from = {}) {
        from.state = directory_ + "/state";
        from.apparmor = false;
        from.door = false;  // the test machine has no cgroup of the cell
        from.authorized_keys = "ssh-ed25519 AAAA person\n";
        auto spec = workstation(from);
        INFO((spec ? "" : spec.error().text()));
        REQUIRE(spec);
        spec->root = directory_ + "/root";
        for (Mount& row : spec->mounts) {
            if (row.target.starts_with("/run/anchorhold/") && row.source.starts_with("/run/"))
                row.source = directory_ + "/trust";
        }
        const auto system = testing::system_rows();
        spec->mounts.insert(spec->mounts.begin(), system.begin(), system.end());
        spec->mounts.push_back({.kind = MountKind::bind, .target = testing::kProbe, .source = CELL_PROBE});
        spec->cgroup.clear();
        spec->limits = {};
        spec->fds.clear();
        spec->uid = kAgentUid;
        spec->gid = kAgentUid;
        spec->capabilities.clear();
        spec->command = {"/usr/bin/sh", "-c", script};
        return *spec;
    }

  private:
    std::string directory_ = "/tmp/anchorhold-house-XXXXXX";
};

}  // namespace

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: mounts are as the table says") {
    House house;
    const std::string mounts = output_of(house.agent("cat /proc/self/mounts"));
    INFO(mounts);
    const auto mounted = [&](const std::string& target, std::initializer_list<const char*> options) {
        const std::size_t at = mounts.find(" " + target + " ");
        INFO(target);
        REQUIRE(at != std::string::npos);
        const std::string line = mounts.substr(at, mounts.find('\n', at) - at);
        for (const char* option : options) {
            INFO(line);
            CHECK(line.find(option) != std::string::npos);
        }
    };
    mounted("/", {" ro,", "nosuid", "nodev"});
    mounted("/proc", {"nosuid", "nodev", "noexec", "hidepid=invisible"});
    mounted("/proc/sys", {" ro,"});
    mounted("/sys", {" ro,", "nosuid", "nodev", "noexec"});
    mounted("/dev", {"nosuid", "noexec"});
    mounted("/run", {"nosuid", "nodev", "noexec"});
    mounted("/run/anchorhold/trust", {" ro,", "noexec"});
    mounted("/tmp", {"nosuid", "nodev"});
    mounted("/var/tmp", {"nosuid", "nodev"});
    mounted("/home/agent", {"nosuid", "nodev"});
    CHECK(mounts.find("securityfs") == std::string::npos);
}

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: only harmless devices, and they work") {
    House house;
    CHECK(output_of(
              house.agent("cd /dev; echo *; echo lost > null; head -c2 zero | od -An -tx1; head -c1 urandom | wc -c;"
                          "ls -d shm pts mqueue ptmx >/dev/null && echo there")) ==
          "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero\n 00 00\n1\nthere\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: own places can be written, others cannot") {
    House house;
    CHECK(output_of(house.agent(
              "for d in /home/agent /tmp /var/tmp /dev/shm /run/user/1000; do : > $d/x && echo $d; done;"
              "for f in /x /usr/x /etc/x /run/x /run/anchorhold/x /proc/sys/kernel/hostname /sys/x; do"
              " (: > $f) 2>/dev/null && echo WROTE $f; done;"
              "cp /usr/bin/true /home/agent/t && /home/agent/t && cp /usr/bin/true /tmp/t && /tmp/t && echo ran")) ==
          "/home/agent\n/tmp\n/var/tmp\n/dev/shm\n/run/user/1000\nran\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: its own name leads to itself") {
    House house;
    CHECK(output_of(house.agent("grep -w \"$(hostname)\" /run/anchorhold/hosts")) == "127.0.1.1 anchor\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: no capabilities, no new privileges, two filters") {
    House house;
    CHECK(output_of(house.agent("grep -E '^(Cap|NoNewPrivs|Seccomp)' /proc/self/status")) ==
          "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
          "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t2\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "the agent's world: the kernel's inner files are masked or closed") {
    House house;
    CHECK(output_of(house.agent("for f in kallsyms kcore keys timer_list sysrq-trigger kmsg iomem; do"
                                " [ -e /proc/$f ] && wc -c < /proc/$f; done 2>&1 | sort -u;"
                                "ls /sys/firmware /sys/devices/virtual/dmi /sys/kernel/security 2>/dev/null | grep -v "
                                "':$' | tr -d '\\n'")) == "0\n");
}

TEST_CASE_METHOD(testing::MachineRoot,
                 "the agent's world: a compiler, threads, pipes, signals and a traced child work") {
    House house;
    CHECK(
        output_of(house.agent(
            "cd /home/agent; cat > t.cpp <<'X'\n#include <thread>\n#include <cstdio>\n"
            "int main() { std::thread t([] { std::puts(\"thread\"); }); t.join(); }\nX\n"
            "g++ t.cpp -o t && ./t; python3 -c 'import subprocess; print(subprocess.run([\"echo\", \"py\"], "
            "capture_output=True).stdout)'; strace -o /tmp/s -e trace=execve true && wc -l < /tmp/s; git init -q g && "
            "cd g && git -c user.name=a -c user.email=b commit -q --allow-empty -m x && git log --oneline | wc -l")) ==
        "thread\nb'py\\n'\n2\n1\n");
}

TEST_CASE_METHOD(testing::MachineRoot,
                 "the agent's world: another user's process is not to be seen, unless hidepid is off") {
    House house;
    const auto pid1_seen = [&](bool hidepid) {
        Spec spec = house.agent("", {.hidepid = hidepid});
        // pid 1 is root; the shell below it is the agent.
        spec.uid = 0;
        spec.gid = 0;
        spec.capabilities = {6, 7};
        spec.command = {"/usr/bin/sh", "-c",
                        "setpriv --reuid=1000 --regid=1000 --clear-groups sh -c '[ -e /proc/1 ] && echo seen'; :"};
        return output_of(spec);
    };
    CHECK(pid1_seen(true).empty());
    CHECK(pid1_seen(false) == "seen\n");
}

TEST_CASE("the view names every mount point once and hides before it shows") {
    const auto rows = workstation_view({.state = "/s",
                                        .authorized_keys = {},
                                        .hostname = "anchor",
                                        .cgroup = "/sys/fs/cgroup/agent",
                                        .memory = 1ULL << 30,
                                        .hidepid = true});
    for (auto row = rows.begin(); row != rows.end(); ++row) {
        INFO(row->target);
        CHECK(row->target.starts_with('/'));
        CHECK(std::none_of(rows.begin(), row, [&](const Mount& before) { return before.target == row->target; }));
    }
}

TEST_CASE("what lies in memory file systems is less than a session may have, entries included") {
    constexpr std::uint64_t kMemory = 1ULL << 30;
    const auto rows = workstation_view(
        {.state = "/s", .authorized_keys = {}, .hostname = "anchor", .cgroup = "", .memory = kMemory, .hidepid = true});
    std::uint64_t sum = 0;
    for (const char* target : {"/tmp", "/dev/shm"}) {
        const auto row = std::ranges::find(rows, target, &Mount::target);
        REQUIRE(row != rows.end());
        const std::size_t size = row->data.find("size=");
        const std::size_t files = row->data.find("nr_inodes=");
        REQUIRE((size != std::string::npos && files != std::string::npos));
        sum += std::stoull(row->data.substr(size + 5)) + 1024 * std::stoull(row->data.substr(files + 10));
    }
    CHECK(sum > kMemory / 2);
    CHECK(sum < kMemory / 10 * 7);
}
