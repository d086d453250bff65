// The small steps of the boot, each against the tests' machine.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "fw/ruleset.hpp"
#include "init/boot/hostname.hpp"
#include "init/clock/clock.hpp"
#include "init/links/links.hpp"
#include "init/mounts/mounts.hpp"
#include "init/policy/apparmor.hpp"
#include "init/policy/kernel_options.hpp"
#include "init/policy/sysctls.hpp"
#include "init/report/host_port.hpp"
#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

TEST_CASE("a file system that the kernel has mounted is mounted again with the table's flags") {
    FakeSystem system;
    system.refuse["mount /dev"] = EBUSY;
    const MountRow rows[] = {{"devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "", ""}};
    CHECK_FALSE(mount_all(system, rows));  // the fake refuses both
    CHECK(system.calls == std::vector<std::string>{"mount devtmpfs devtmpfs /dev", "remount /dev"});
}

TEST_CASE("the mount table is strict everywhere and makes what it mounts on") {
    FakeSystem system;
    REQUIRE(mount_all(system, mount_table()));
    CHECK(system.called("directory /run/credentials 0"));
    for (const MountRow& row : mount_table()) {
        INFO(row.where);
        CHECK((row.flags & MS_NOSUID) != 0);
        CHECK((row.flags & MS_NOEXEC) != 0);
        CHECK_FALSE(row.why.empty());
    }
}

TEST_CASE("a sysctl that does not hold is reported, and so is one that is not there") {
    FakeSystem system;
    Heard heard;
    system.files["/proc/sys/a"] = "0\n";
    system.files["/proc/sys/b"] = "0\n";
    system.held.insert("/proc/sys/b");
    system.refuse["write /proc/sys/c"] = ENOENT;
    const SysctlRow rows[] = {{"a", "1", ""}, {"b", "1", ""}, {"c", "1", ""}};
    set_sysctls(system, rows, heard.report);
    CHECK_FALSE(heard.host.contains("/proc/sys/a"));
    CHECK(heard.host.contains("/proc/sys/b is '0' though '1' was set"));
    CHECK(heard.host.contains("/proc/sys/c"));
}

TEST_CASE("a default of links is also set on those that are there") {
    FakeSystem system;
    Heard heard;
    const std::string conf = "/proc/sys/net/ipv4/conf";
    system.directories[conf] = {"all", "default", "eth0", "lo"};
    const SysctlRow rows[] = {{"net/ipv4/conf/all/x", "0", ""}, {"net/ipv4/conf/default/x", "0", ""}};
    set_sysctls(system, rows, heard.report);
    CHECK(system.calls == std::vector<std::string>{"write " + conf + "/all/x", "write " + conf + "/default/x",
                                                   "write " + conf + "/eth0/x", "write " + conf + "/lo/x"});
    CHECK(heard.host.empty());
    system.held.insert(conf + "/eth0/x");
    system.files[conf + "/eth0/x"] = "1\n";
    set_sysctls(system, rows, heard.report);
    CHECK(heard.host.contains("/eth0/x is '1' though '0' was set"));
}

TEST_CASE("each table names a setting once, and only networks' own are set in each network") {
    for (const auto table : {machine_sysctls(), network_sysctls()}) {
        for (auto row = table.begin(); row != table.end(); ++row) {
            INFO(row->key);
            CHECK_FALSE(row->why.empty());
            CHECK(std::none_of(table.begin(), row, [&](const SysctlRow& before) { return before.key == row->key; }));
        }
    }
    CHECK(std::ranges::all_of(network_sysctls(), [](const SysctlRow& row) { return row.key.starts_with("net/"); }));
}

TEST_CASE("an option that the kernel's source did not know is reported, one that was forbidden is not") {
    FakeSystem system;
    Heard heard;
    report_kernel_options(system, heard.report);
    CHECK(heard.host.empty());
    system.files["/usr/share/anchorhold/kernel-options-unknown"] =
        "CONFIG_OLD=y | CONFIG_OLDER=y (10-base.config:7)\nCONFIG_GONE=n (60-off.config:3)\n";
    report_kernel_options(system, heard.report);
    CHECK(heard.host.contains("built without CONFIG_OLD=y | CONFIG_OLDER=y (10-base.config:7)"));
    CHECK_FALSE(heard.host.contains("GONE"));
}

TEST_CASE("the cell's flows leave conntrack's table before they fill it") {
    const auto value = [](const std::string& key) {
        INFO(key);
        for (const auto table : {machine_sysctls(), network_sysctls()}) {
            const auto row = std::ranges::find(table, key, &SysctlRow::key);
            if (row != table.end())
                return std::stoul(std::string(row->value));
        }
        FAIL("no such row");
        return 0UL;
    };
    const std::string timeout = "net/netfilter/nf_conntrack_";
    std::size_t tcp = 0;
    for (const auto* state : {"syn_sent", "syn_recv", "fin_wait", "close_wait", "last_ack", "time_wait"})
        tcp = std::max(tcp, value(timeout + "tcp_timeout_" + state));
    // Whoever does not close its end can ask for answers until the other is forgotten.
    tcp += value("net/ipv4/tcp_fin_timeout");
    constexpr std::size_t collector = 60;  // GC_SCAN_INTERVAL_MAX of the kernel's nf_conntrack_core.c
    const auto udp = std::max(value(timeout + "udp_timeout"), value(timeout + "udp_timeout_stream"));
    std::size_t entries = 0;
    int limits = 0;
    for (const auto& row : fw::closed({}).rows) {
        if (row.beyond == 0)
            continue;
        ++limits;
        entries += row.beyond * 5 / 2 + row.beyond * (collector + (row.protocol == fw::Protocol::tcp ? tcp : udp));
    }
    CHECK(limits == 2);
    CHECK(entries < value(timeout + "max") * 3 / 4);
}

TEST_CASE("the clock never stays before the image's build") {
    FakeSystem system;
    Heard heard;
    system.files["/usr/lib/clock-epoch"] = "";
    system.modified_at = 500;
    system.now = 1000;
    REQUIRE(hold_clock_floor(system, heard.report));
    CHECK(system.now == 1000);
    system.now = 10;
    REQUIRE(hold_clock_floor(system, heard.report));
    CHECK(system.now == 500);
    CHECK(heard.host.contains("degraded"));
}

TEST_CASE("the host may name the machine, within reason") {
    FakeSystem system;
    Heard heard;
    Credentials credentials;
    std::string name = "anchor";
    REQUIRE(set_hostname(system, credentials, heard.report, name));
    CHECK(system.called("hostname anchor"));
    credentials.add({.name = "system.hostname", .value = {'b', 'o', 'x', '\n'}});
    REQUIRE(set_hostname(system, credentials, heard.report, name));
    CHECK(name == "box");
    for (const std::string_view bad : {"", "-a", "a-", "a.b", "A", "a b"})
        CHECK_FALSE(valid_hostname(bad));
    CHECK_FALSE(valid_hostname(std::string(64, 'a')));
}

TEST_CASE("one network card is the uplink; two are none") {
    FakeSystem system;
    Heard heard;
    system.directories["/sys/class/net"] = {"cell0", "eth0", "lo"};
    system.directories["/sys/class/net/eth0/device"] = {};
    CHECK(choose_uplink(system, heard.report) == "eth0");
    CHECK(heard.host.empty());
    system.directories["/sys/class/net"] = {"eth0", "eth1", "lo"};
    system.directories["/sys/class/net/eth1/device"] = {};
    CHECK(choose_uplink(system, heard.report).empty());
    CHECK(heard.host.contains("eth0, eth1"));
}

TEST_CASE("no card is normal and said; lo comes up in any case") {
    FakeSystem system;
    Heard heard;
    CHECK(choose_uplink(system, heard.report).empty());
    CHECK(heard.host.empty());
    REQUIRE(raise_links(system, "", {}, heard.report));
    CHECK(system.calls == std::vector<std::string>{"raise lo"});
}

TEST_CASE("the uplink takes no advice from its wire, and what fails is reported") {
    FakeSystem system;
    Heard heard;
    system.refuse["route 203.0.113.1 eth0"] = ENETUNREACH;
    const Uplink uplink{
        .addresses = {{.address = "203.0.113.7", .length = 24}}, .gateways = {"203.0.113.1"}, .dns = {}};
    REQUIRE(raise_links(system, "eth0", uplink, heard.report));
    const auto at = [&](const std::string& call) {
        return std::ranges::find(system.calls, call) - system.calls.begin();
    };
    CHECK(at("write /proc/sys/net/ipv6/conf/eth0/accept_ra") < at("raise eth0"));
    CHECK(system.called("address 203.0.113.7/24 eth0"));
    CHECK(heard.host.contains("203.0.113.1"));
}

TEST_CASE("a malformed uplink leaves the link down and says the line") {
    Heard heard;
    Credentials credentials;
    const std::string_view text = "[Network]\nAddress=999.1.1.1/24\n";
    credentials.add({.name = "network.network.uplink", .value = Bytes(text.begin(), text.end())});
    CHECK(read_uplink(credentials, heard.report).addresses.empty());
    CHECK(heard.host.contains("line 2"));
}

TEST_CASE("an image without AppArmor policy does not boot") {
    FakeSystem system;
    CHECK_FALSE(load_apparmor(system));
    system.directories["/usr/lib/anchorhold/apparmor"] = {};
    CHECK_FALSE(load_apparmor(system));
    system.directories["/usr/lib/anchorhold/apparmor"] = {"anchorhold-agent"};
    system.files["/usr/lib/anchorhold/apparmor/anchorhold-agent"] = "blob";
    REQUIRE(load_apparmor(system));
    CHECK(system.called("replace policy blob"));
    system.refuse["replace policy blob"] = EPROTO;
    const auto refused = load_apparmor(system);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().object == "/usr/lib/anchorhold/apparmor/anchorhold-agent");
}

TEST_CASE("an image whose policy was compiled for another kernel does not boot") {
    FakeSystem system;
    system.directories["/usr/lib/anchorhold/apparmor"] = {"anchorhold-agent"};
    system.files["/usr/lib/anchorhold/apparmor/anchorhold-agent"] = "blob";
    system.refuse["check features /usr/lib/anchorhold/apparmor-features"] = EPROTO;
    CHECK_FALSE(load_apparmor(system));
    CHECK_FALSE(system.called("replace policy blob"));
}

TEST_CASE("a port of the host is found by its name") {
    FakeSystem system;
    system.directories["/sys/class/virtio-ports"] = {"vport0p1", "vport0p2"};
    system.files["/sys/class/virtio-ports/vport0p1/name"] = "org.anchorhold.control\n";
    system.files["/sys/class/virtio-ports/vport0p2/name"] = "org.anchorhold.audit\n";
    CHECK(find_port(system, "org.anchorhold.audit") == "/dev/vport0p2");
    CHECK(find_port(system, "org.anchorhold").empty());
}

TEST_CASE("events from before the port was there reach the host, in order") {
    Heard heard;
    heard.port = false;
    heard.report.degraded("first");
    heard.report.degraded("second");
    heard.port = true;
    const Stamp stamps[] = {{"mounts", 5}, {"links", 9}};
    heard.report.ready({.profile_state = "demo 1", .steps = stamps, .init_start = 1, .now = 10});
    CHECK(heard.host ==
          "{\"event\":\"degraded\",\"why\":\"first\"}\n{\"event\":\"degraded\",\"why\":\"second\"}\n"
          "{\"event\":\"ready\",\"profile_state\":\"demo "
          "1\",\"agent\":\"checked\",\"boot_us\":{\"mounts\":5,\"links\":9},\"init_start_us\":1,"
          "\"ready_us\":10}\n");
}

TEST_CASE("a failure says stage, object and errno once") {
    Heard heard;
    heard.report.failed("state disk", Error{"mount", "/dev/vdb", EIO, "look at the host's disk"});
    CHECK(heard.host ==
          "{\"event\":\"failed\",\"stage\":\"state disk\",\"object\":\"/dev/vdb\",\"errno\":5,"
          "\"text\":\"mount: look at the host's disk\"}\n");
}

TEST_CASE("a host that was away for long hears how much it missed, then the latest") {
    Heard heard;
    heard.port = false;
    for (int i = 0; i < 300; ++i)
        heard.report.degraded("number " + std::to_string(i));
    heard.port = true;
    CHECK(heard.report.send_waiting());
    CHECK(heard.host.starts_with(R"({"event":"dropped","count":44})"));
    CHECK_FALSE(heard.host.contains(R"("number 43")"));
    CHECK(heard.host.contains(R"("number 44")"));
    CHECK(heard.host.contains(R"("number 299")"));
}
