// The tests' machine: files and directories in maps, every change written down in `calls`, children that end when a
// test says so.
#pragma once

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

class FakeSystem final : public System {
  public:
    std::map<std::string, std::string> files;
    std::map<std::string, std::vector<std::string>> directories;
    std::map<std::string, Bytes> disks;
    std::map<std::string, int> refuse;  // "mount /tmp" → errno
    std::vector<std::string> calls;
    std::vector<LaunchSpec> launched;
    std::vector<CgroupRow> cgroups;
    std::deque<Ended> ended;
    std::vector<pid_t> reaped;
    std::int64_t now = 1'000'000;
    std::int64_t fraction = 0;  // of that second, in nanoseconds
    std::uint64_t microseconds = 0;
    bool seeded = true;
    pid_t next_pid = 100;

    Result<> mount(const std::string& what, const std::string& where, const std::string& type, unsigned long flags,
                   const std::string&) override {
        return did((flags & 32U) != 0 ? "remount " + where : "mount " + type + " " + what + " " + where,
                   "mount " + where);
    }
    Result<> unmount(const std::string& where) override { return did("unmount " + where); }
    Result<Space> space(const std::string&) override {
        return Space{.total_bytes = 1U << 30, .free_bytes = free_bytes, .total_files = 1U << 16};
    }
    Result<> limit_use(const std::string& where, uid_t user, const Use& most) override {
        return did("limit " + where + " " + std::to_string(user) + " " + std::to_string(most.files) + " files " +
                       std::to_string(most.bytes >> 20) + " MiB",
                   "limit " + where);
    }
    Result<> check_apparmor_features(const std::string& path) override { return did("check features " + path); }
    Result<> replace_apparmor_policy(std::string_view policy) override {
        return did("replace policy " + std::string(policy));
    }
    void sync() override { calls.emplace_back("sync"); }
    Result<> make_directory(const std::string& path, const Owner& owner) override {
        return did("directory " + path + " " + std::to_string(owner.uid), "directory " + path);
    }
    Result<> make_file(const std::string& path, ByteView content, const Owner& owner) override {
        files[path] = std::string(as_text(content));
        return did("file " + path + " " + std::to_string(owner.uid) + " " + std::to_string(owner.mode));
    }
    Result<> write(const std::string& path, std::string_view text) override {
        if (auto done = did("write " + path); !done)
            return done;
        if (!held.contains(path))
            files[path] = text;
        return {};
    }
    Result<std::string> read(const std::string& path, std::size_t) override {
        const auto at = files.find(path);
        if (at == files.end())
            return fail("open", path, ENOENT);
        return at->second;
    }
    Result<Bytes> read_at(const std::string& path, std::uint64_t offset, std::size_t size) override {
        const Bytes& disk = disks.at(path);
        const auto from = disk.begin() + static_cast<std::ptrdiff_t>(offset);
        return Bytes(from, from + static_cast<std::ptrdiff_t>(size));
    }
    Result<std::uint64_t> size_of_disk(const std::string& path) override { return disks.at(path).size(); }
    Result<std::vector<std::string>> list(const std::string& path) override {
        const auto at = directories.find(path);
        if (at == directories.end())
            return fail("list", path, ENOENT);
        return at->second;
    }
    bool exists(const std::string& path) override { return files.contains(path) || directories.contains(path); }
    Result<std::int64_t> modified(const std::string& path) override {
        if (!files.contains(path))
            return fail("stat", path, ENOENT);
        return modified_at;
    }
    Result<> set_hostname(const std::string& name) override { return did("hostname " + name); }
    std::int64_t clock() override { return now; }
    Result<> set_clock(std::int64_t seconds) override {
        now = seconds;
        return did("clock");
    }
    std::int64_t nanoseconds() override { return now * 1'000'000'000 + fraction; }
    Result<> step_clock(std::int64_t by) override {
        const std::int64_t then = nanoseconds() + by;
        now = then / 1'000'000'000;
        fraction = then % 1'000'000'000;
        return did("step " + std::to_string(by / 1'000'000), "step");
    }
    Result<> slew_clock(std::int64_t by) override { return did("slew " + std::to_string(by / 1000), "slew"); }
    std::uint64_t microseconds_since_boot() override { return microseconds; }
    std::uint32_t random() override { return 0; }
    bool random_is_seeded() override { return seeded; }
    Result<> raise_link(const std::string& name) override { return did("raise " + name); }
    Result<> add_address(const std::string& link, const std::string& prefix) override {
        return did("address " + prefix + " " + link);
    }
    Result<> add_default_route(const std::string& link, const std::string& gateway) override {
        return did("route " + gateway + " " + link);
    }
    Result<> make_cgroup(const CgroupRow& row) override {
        cgroups.push_back(row);
        return did("cgroup " + row.path);
    }
    Result<Child> launch(const LaunchSpec& spec) override {
        launched.push_back(spec);
        if (auto done = did("launch " + spec.command[0]); !done)
            return std::unexpected(done.error());
        return Child{.pid = next_pid++, .pidfd = UniqueFd(), .setup = UniqueFd()};
    }
    Result<> signal(int, int number) override { return did("signal " + std::to_string(number)); }
    std::optional<Ended> peek_ended() noexcept override {
        return ended.empty() ? std::nullopt : std::optional(ended.front());
    }
    void reap(pid_t pid) noexcept override {
        reaped.push_back(pid);
        ended.pop_front();
    }
    Result<> catch_ctrl_alt_del() override { return did("catch ctrl-alt-del"); }
    void arm_failsafe(unsigned, bool) override { calls.emplace_back("failsafe"); }
    void power_off() override { calls.emplace_back("power off"); }
    void restart() override { calls.emplace_back("restart"); }

    std::set<std::string> held;  // files that take a write and keep their value
    std::int64_t modified_at = 0;
    std::uint64_t free_bytes = 1U << 30;

    [[nodiscard]] bool called(const std::string& call) const { return std::ranges::find(calls, call) != calls.end(); }

  private:
    Result<> did(const std::string& call) { return did(call, call); }
    Result<> did(const std::string& call, const std::string& key) {
        calls.push_back(call);
        const auto at = refuse.find(key);
        if (at != refuse.end())
            return fail("fake", key, at->second);
        return {};
    }
};

// A Report that keeps its lines.
struct Heard {
    std::string console;
    std::string host;
    bool port = true;
    Report report{[this](std::string_view line) {
                      console += line;
                      return true;
                  },
                  [this](std::string_view line) {
                      if (port)
                          host += line;
                      return port;
                  }};
};

}  // namespace anchorhold::init
