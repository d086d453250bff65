// Bodies that git 2.47 sent to git-receive-pack: its list and its pack, one after the other.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "shield/egress/git/wire/pack_scan.hpp"
#include "shield/egress/git/wire/receive_pack.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

struct Body {
    std::string file;
    std::size_t updates;
    std::uint32_t commits;
    bool sha256;
    bool exact;
};

std::string read_body(const std::string& name) {
    std::ifstream file(PARSE_CORPUS "/receive-pack/" + name, std::ios::binary);
    std::string split_and_body{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(split_and_body.size() > 1);
    return split_and_body.substr(1);
}

}  // namespace

TEST_CASE("pushes that git made are read to their last byte") {
    const auto expected =
        GENERATE(Body{"git-create-sha1", 2, 3, false, true}, Body{"git-create-sha256", 2, 3, true, true},
                 Body{"git-mixed-sha1", 3, 1, false, false}, Body{"git-mixed-sha256", 3, 1, true, false},
                 Body{"git-no-thin-sha1", 1, 1, false, true});
    INFO(expected.file);
    const std::string body = read_body(expected.file);
    ReceivePackReader reader;
    REQUIRE(reader.read(body) == ReadState::done);
    const PushCommands& push = reader.commands();
    CHECK(push.updates.size() == expected.updates);
    CHECK(push.capabilities.sha256 == expected.sha256);
    CHECK(push.capabilities.report_status_v2);
    CHECK(push.needs_pack);
    PackScanner pack({}, expected.sha256 ? 32 : 20);
    REQUIRE(pack.feed(as_bytes(body).subspan(push.pack_offset)) == ReadState::done);
    CHECK(pack.counts().commits == expected.commits);
    CHECK(pack.counts().exact() == expected.exact);
}

TEST_CASE("a push of a delete has no pack") {
    const std::string body = read_body("git-delete-sha1");
    ReceivePackReader reader;
    REQUIRE(reader.read(body) == ReadState::done);
    CHECK(reader.commands().pack_offset == body.size());
    CHECK_FALSE(reader.commands().needs_pack);
    CHECK(reader.commands().updates.at(0).kind == anchorhold::profile::UpdateKind::remove);
}
