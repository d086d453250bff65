#include "shield/egress/git/wire/receive_pack.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

#include "shield/egress/git/wire/pkt_line.hpp"

using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

const std::string kZero(40, '0');
const std::string kOne(40, '1');
const std::string kTwo(40, '2');
const std::string kCaps = "\0 report-status-v2 side-band-64k object-format=sha1 agent=git/2.47.3-Linux"s;

std::string pkt(std::string_view payload) {
    std::string out;
    write_pkt(out, payload);
    return out;
}

std::string command(std::string_view ref, const std::string& old_id = kOne, const std::string& new_id = kTwo) {
    return old_id + " " + new_id + " " + std::string(ref);
}

std::string sentence_of(std::string_view body) {
    ReceivePackReader reader;
    return reader.read(body) == ReadState::refused ? reader.refusal().sentence : "";
}

}  // namespace

TEST_CASE("a push as git sends it, in any split") {
    const std::string list = pkt("shallow " + kOne) + pkt(command("refs/heads/main") + kCaps) +
                             pkt(command("refs/heads/new", kZero, kTwo)) +
                             pkt(command("refs/tags/old", kOne, kZero) + "\n") + "0000";
    const std::string body = list + "PACK\0\0\0\2"s;
    ReceivePackReader reader;
    for (std::size_t size = 0; size < list.size(); ++size)
        REQUIRE(reader.read(std::string(body, 0, size)) == ReadState::need_more);
    REQUIRE(reader.read(body) == ReadState::done);
    const PushCommands& push = reader.commands();
    REQUIRE(push.updates.size() == 3);
    CHECK(push.updates[0].ref == "refs/heads/main");
    CHECK(push.updates[0].old_id == kOne);
    CHECK(push.updates[0].new_id == kTwo);
    CHECK(push.updates[0].kind == anchorhold::profile::UpdateKind::update);
    CHECK(push.updates[1].kind == anchorhold::profile::UpdateKind::create);
    CHECK(push.updates[2].kind == anchorhold::profile::UpdateKind::remove);
    CHECK(push.updates[2].ref == "refs/tags/old");
    CHECK(push.shallow.size() == 1);
    CHECK(push.capabilities.report_status_v2);
    CHECK_FALSE(push.capabilities.report_status);
    CHECK(push.capabilities.side_band_64k);
    CHECK(push.pack_offset == list.size());
    CHECK(push.needs_pack);
}

TEST_CASE("push options are refused, as git reads the word") {
    const std::string word = GENERATE("push-options", "push-options=1");
    CHECK(sentence_of(pkt(command("refs/heads/main") + "\0 atomic "s + word) + "0000").contains("push without -o"));
}

TEST_CASE("capabilities that nobody acts upon are read over") {
    const std::string body = pkt(command("refs/heads/main") + "\0 atomic quiet session-id=x"s) + "0000";
    ReceivePackReader reader;
    REQUIRE(reader.read(body) == ReadState::done);
    CHECK(reader.commands().pack_offset == body.size());
}

TEST_CASE("SHA-256 ids") {
    const std::string old_id(64, 'a');
    const std::string new_id(64, 'b');
    ReceivePackReader reader;
    REQUIRE(reader.read(pkt(command("refs/heads/main", old_id, new_id) + "\0 object-format=sha256"s) + "0000") ==
            ReadState::done);
    CHECK(reader.commands().updates[0].new_id == new_id);
    CHECK(reader.commands().capabilities.sha256);
}

TEST_CASE("git's probe and a push of deletes have no pack") {
    ReceivePackReader probe;
    REQUIRE(probe.read("0000") == ReadState::done);
    CHECK(probe.commands().updates.empty());
    ReceivePackReader deletes;
    REQUIRE(deletes.read(pkt(command("refs/heads/x", kOne, kZero) + kCaps) + "0000") == ReadState::done);
    CHECK_FALSE(deletes.commands().needs_pack);
}

TEST_CASE("what two readers could read in two ways is refused") {
    const std::string good = pkt(command("refs/heads/main") + kCaps);
    const std::string body = GENERATE_COPY(
        "0003"s, "hello"s, "0001"s, "0002"s, "0004"s, good + "0001", good + "0004",
        pkt(command("refs/heads/main", kOne, kOne + "1") + kCaps),
        pkt(command("refs/heads/main", std::string(64, 'a'), std::string(64, 'b')) + kCaps),
        pkt(command("refs/heads/main", std::string(40, 'A')) + kCaps),
        pkt(command("refs/heads/main", kZero, kZero) + kCaps), pkt(kOne + kTwo + "refs/heads/main"), pkt(kOne),
        pkt("push-cert\0 push-cert"s), good + pkt(command("refs/heads/main")),
        good + pkt(command("refs/heads/b") + kCaps), pkt(command("refs/heads/main") + "\0 atomic atomic"s),
        pkt(command("refs/heads/main") + "\0 object-format=sha1 object-format=sha256"s),
        pkt(command("refs/heads/main") + "\0 object-format=md5"s), pkt(command("refs/heads/main") + "\0 a\tb"s),
        pkt(command("refs/heads/main") + "\0 a\0b"s), pkt("shallow 12"), pkt("shallow " + kOne + "\0x"s),
        pkt("shallow " + std::string(64, 'a')) + good + "0000", good + "0000JUNK", "0000PACK"s,
        pkt(command("refs/heads/x", kOne, kZero) + kCaps) + "0000PACK");
    INFO(body);
    CHECK(sentence_of(body) != "");
}

TEST_CASE("a reason names the ref and what is wrong with it") {
    CHECK(sentence_of(pkt(command("--mirror") + kCaps)) ==
          "ref `--mirror` begins with `-`, which tools read as an option");
    CHECK(sentence_of(pkt("push-cert\0x"s)) == "signed pushes are not offered: push without --signed");
}

TEST_CASE("limits of a push") {
    auto push = [](std::size_t refs) {
        std::string body;
        for (std::size_t i = 0; i < refs; ++i)
            body += pkt(command("refs/heads/b" + std::to_string(i)) + (i == 0 ? kCaps : std::string()));
        return body + "0000";
    };
    CHECK(sentence_of(push(kMaxUpdates)) == "");
    CHECK(sentence_of(push(kMaxUpdates + 1)).contains("1000 refs"));
    std::string shallow = pkt(command("refs/heads/main") + kCaps);
    for (std::size_t i = 0; i <= kMaxShallow; ++i)
        shallow += pkt("shallow " + kOne);
    ReceivePackReader reader;
    CHECK(reader.read(shallow) == ReadState::refused);
    CHECK(reader.commands().updates.empty());
}
