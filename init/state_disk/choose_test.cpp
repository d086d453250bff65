#include "init/state_disk/choose.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

Bytes ext4_head(std::string_view label) {
    Bytes head(kHead);
    head[1024 + 0x38] = 0x53;
    head[1024 + 0x39] = 0xef;
    std::ranges::copy(label, head.begin() + 1024 + 0x78);
    return head;
}

}  // namespace

TEST_CASE("the disk with our serial is the state disk, whatever else is attached") {
    const std::vector<Disk> disks{
        {.name = "vda", .root = true}, {.name = "vdb"}, {.name = "vdc", .serial = "anchorhold-state"}};
    CHECK(choose_state_disk(disks) == "vdc");
}

TEST_CASE("without a serial, the only disk that is not the root's is it") {
    const std::vector<Disk> disks{{.name = "vda", .root = true}, {.name = "vdb", .serial = "other"}};
    CHECK(choose_state_disk(disks) == "vdb");
}

TEST_CASE("no disk, two disks, a read-only disk and the root's disk are refused with what to do") {
    const auto refused = [](const std::vector<Disk>& disks) {
        const auto chosen = choose_state_disk(disks);
        REQUIRE_FALSE(chosen);
        return chosen.error();
    };
    const auto none = refused({{.name = "vda", .root = true}, {.name = "sr0", .writable = false}});
    CHECK(none.number == ENOENT);
    CHECK(none.detail.contains("attach"));
    const auto two = refused({{.name = "vdb"}, {.name = "vdc"}});
    CHECK(two.number == EEXIST);
    CHECK(two.object == "vdb, vdc");
    CHECK(refused({{.name = "vdb", .serial = "anchorhold-state"}, {.name = "vdc", .serial = "anchorhold-state"}})
              .number == EEXIST);
    CHECK(refused({{.name = "vdb", .serial = "anchorhold-state", .writable = false}}).number == EROFS);
    CHECK(refused({{.name = "vda", .serial = "anchorhold-state", .root = true}}).number == EBUSY);
}

TEST_CASE("only zeros everywhere are blank") {
    const Bytes zero(kHead);
    CHECK(judge(zero, true) == Content::blank);
    CHECK(judge(zero, false) == Content::somebodys);
    for (const std::size_t at : {std::size_t{0}, std::size_t{510}, std::size_t{4086}, std::size_t{65536}, kHead - 1}) {
        Bytes head(kHead);
        head[at] = 1;
        CHECK(judge(head, true) == Content::somebodys);
    }
}

TEST_CASE("ext4 is ours by its label and by nothing less") {
    CHECK(judge(ext4_head("anchorhold-state"), false) == Content::ours);
    CHECK(judge(ext4_head("anchorhold-stat"), true) == Content::somebodys);
    CHECK(judge(ext4_head(""), true) == Content::somebodys);
    CHECK(judge(ext4_head("home"), true) == Content::somebodys);
    Bytes wrong_magic = ext4_head("anchorhold-state");
    wrong_magic[1024 + 0x38] = 0;
    CHECK(judge(wrong_magic, true) == Content::somebodys);
    CHECK(judge(Bytes{1, 2, 3}, true) == Content::somebodys);
}
