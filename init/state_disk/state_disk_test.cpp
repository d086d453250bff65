#include "init/state_disk/state_disk.hpp"

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>

#include "init/state_disk/choose.hpp"
#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Bench {
    FakeSystem system;
    Heard heard;
    std::vector<std::string> command;
    std::function<void(const Ended&)> end;
    std::optional<Result<>> result;

    Bench() {
        system.directories["/sys/block"] = {"dm-0", "sr0", "vda", "vdb"};
        system.directories["/sys/block/dm-0/slaves"] = {"vda2", "vda3"};
        for (const std::string disk : {"sr0", "vda", "vdb"}) {
            system.directories["/sys/block/" + disk + "/device"] = {};
            system.files["/sys/block/" + disk + "/ro"] = "0\n";
        }
        system.directories["/sys/block/vda/vda2"] = {};
        system.disks["/dev/vdb"] = Bytes(64UL << 20);
    }
    void prepare() {
        prepare_state_disk(
            system, heard.report,
            [this](const LaunchSpec& spec, std::function<void(const Ended&)> on_end) {
                command = spec.command;
                end = std::move(on_end);
                return Result<>();
            },
            [this](Result<> done) { result = std::move(done); });
    }
    void ends(int status, int how = CLD_EXITED) { end({.pid = 5, .how = how, .status = status}); }
    void label_it() {
        Bytes& disk = system.disks["/dev/vdb"];
        disk[1024 + 0x38] = 0x53;
        disk[1024 + 0x39] = 0xef;
        std::ranges::copy(kStateLabel, disk.begin() + 1024 + 0x78);
    }
};

}  // namespace

TEST_CASE("a blank disk is formatted by a child, then mounted and filled") {
    Bench bench;
    bench.prepare();
    CHECK(bench.command.front() == "/usr/sbin/mke2fs");
    CHECK(bench.command.back() == "/dev/vdb");
    CHECK_FALSE(bench.result);
    bench.ends(0);
    REQUIRE(bench.result);
    CHECK(*bench.result);
    CHECK(bench.system.called("mount ext4 /dev/vdb /var/lib/anchorhold"));
    CHECK(bench.system.called("directory /var/lib/anchorhold/gate 801"));
    CHECK(bench.system.called("directory /var/lib/anchorhold/audit 804"));
    CHECK(bench.system.called("limit /var/lib/anchorhold 1000 61440 files 908 MiB"));
}

TEST_CASE("of several disks the one with our serial is taken, by virtio's word or by SCSI's") {
    for (const bool scsi : {false, true}) {
        Bench bench;
        bench.system.directories["/sys/block"] = {"dm-0", "vda", "vdb", "vdc"};
        bench.system.directories["/sys/block/vdc/device"] = {};
        bench.system.files["/sys/block/vdc/ro"] = "0\n";
        bench.system.disks["/dev/vdc"] = Bytes(64UL << 20);
        if (scsi)
            bench.system.files["/sys/block/vdc/device/vpd_pg80"] = std::string("\0\x80\0\x10", 4) + "anchorhold-state";
        else
            bench.system.files["/sys/block/vdc/serial"] = "anchorhold-state";
        bench.prepare();
        REQUIRE_FALSE(bench.command.empty());
        CHECK(bench.command.back() == "/dev/vdc");
    }
}

TEST_CASE("a disk without quotas is used, and that is said") {
    Bench bench;
    bench.label_it();
    bench.system.refuse["limit /var/lib/anchorhold"] = ESRCH;
    bench.prepare();
    bench.ends(0);
    REQUIRE(bench.result);
    CHECK(*bench.result);
    CHECK(bench.heard.host.contains("without quotas"));
}

TEST_CASE("our file system is checked, and what e2fsck mended is good") {
    Bench bench;
    bench.label_it();
    bench.prepare();
    CHECK(bench.command == std::vector<std::string>{"/usr/sbin/e2fsck", "-p", "/dev/vdb"});
    bench.ends(1);
    REQUIRE(bench.result);
    CHECK(*bench.result);
    CHECK(bench.heard.console.contains("mended"));
}

TEST_CASE("what e2fsck cannot mend, and a format that fails, end the boot and are not mounted") {
    Bench check;
    check.label_it();
    check.prepare();
    check.ends(4);
    REQUIRE(check.result);
    REQUIRE_FALSE(*check.result);
    CHECK(check.result->error().detail.contains("exit status 4"));
    CHECK_FALSE(check.system.called("mount ext4 /dev/vdb /var/lib/anchorhold"));
    Bench format;
    format.prepare();
    format.ends(1);
    REQUIRE(format.result);
    REQUIRE_FALSE(*format.result);
}

TEST_CASE("somebody's data anywhere on the disk is never written to") {
    const std::size_t size = 64UL << 20;
    const std::size_t stride = (size - kHead - kTail) / kSpots / kSpotBytes * kSpotBytes;
    for (const std::size_t at : {std::size_t{0}, kHead - 1, size - 1, size - kTail, kHead + 7 * stride + 11}) {
        Bench bench;
        bench.system.disks["/dev/vdb"][at] = 1;
        bench.prepare();
        REQUIRE(bench.result);
        REQUIRE_FALSE(*bench.result);
        CHECK(bench.result->error().number == EEXIST);
        CHECK(bench.result->error().detail.contains("nothing was written"));
        CHECK(bench.command.empty());
        CHECK(bench.system.calls.empty());
    }
}

TEST_CASE("no disk is a clear failure") {
    Bench bench;
    bench.system.directories["/sys/block"] = {"dm-0", "vda"};
    bench.prepare();
    REQUIRE(bench.result);
    REQUIRE_FALSE(*bench.result);
    CHECK(bench.result->error().number == ENOENT);
}

TEST_CASE("a nearly full disk is said and the boot goes on") {
    Bench bench;
    bench.label_it();
    bench.system.free_bytes = 4096;
    bench.prepare();
    bench.ends(0);
    REQUIRE(bench.result);
    CHECK(*bench.result);
    CHECK(bench.heard.host.contains("nearly full"));
}
