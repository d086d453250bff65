#include "shield/egress/git/wire/pkt_line.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

using namespace anchorhold::egress;

TEST_CASE("pkt-lines are read one by one") {
    const std::string_view wire = "0009hell\n0004000000010002";
    for (std::size_t size = 0; size < 9; ++size)
        CHECK(read_pkt(wire.substr(0, size)).state == ReadState::need_more);
    const Pkt line = read_pkt(wire);
    REQUIRE(line.state == ReadState::done);
    CHECK(line.kind == PktKind::data);
    CHECK(line.payload == "hell\n");
    CHECK(line.consumed == 9);
    CHECK(read_pkt(wire.substr(9)).payload.empty());
    CHECK(read_pkt(wire.substr(9)).kind == PktKind::data);
    CHECK(read_pkt(wire.substr(13)).kind == PktKind::flush);
    CHECK(read_pkt(wire.substr(17)).kind == PktKind::delimiter);
    CHECK(read_pkt(wire.substr(21)).kind == PktKind::response_end);
}

TEST_CASE("malformed pkt-lines are refused as soon as that shows") {
    const std::string wire = GENERATE("0003", "fff1", "ffff", "00g0", "g", "-001", "0x10", " 004", "PACK");
    INFO(wire);
    CHECK(read_pkt(wire).state == ReadState::refused);
    CHECK_FALSE(read_pkt(wire).refusal.sentence.empty());
}

TEST_CASE("what is written is read again") {
    const std::string big(kMaxPktPayload + 10, 'x');
    std::string out;
    write_pkt(out, big);
    write_pkt(out, "");
    write_flush(out);
    std::string_view rest = out;
    Pkt pkt = read_pkt(rest);
    CHECK(pkt.payload.size() == kMaxPktPayload);
    rest.remove_prefix(pkt.consumed);
    pkt = read_pkt(rest);
    CHECK(pkt.payload.size() == 10);
    rest.remove_prefix(pkt.consumed);
    CHECK(rest == "0000");
}

TEST_CASE("side-band frames carry their band") {
    std::string out;
    write_band(out, Band::progress, "waiting\n");
    CHECK(out == "000d\2waiting\n");
    out.clear();
    write_band(out, Band::data, std::string(70000, 'x'));
    const Pkt first = read_pkt(out);
    CHECK(first.consumed == 65520);
    CHECK(first.payload.front() == '\1');
    CHECK(read_pkt(std::string_view(out).substr(first.consumed)).payload.size() == 70000 - 65515 + 1);
}

TEST_CASE("report-status in both frames") {
    const std::array refs{RefReport{"refs/heads/main", "denied by\na person"}, RefReport{"refs/heads/x", ""}};
    std::string bare;
    write_report_status(bare, "", refs, false);
    CHECK(bare == "000eunpack ok\n002ang refs/heads/main denied by a person\n0014ok refs/heads/x\n0000");
    std::string framed;
    write_report_status(framed, "", refs, true);
    const Pkt band = read_pkt(framed);
    CHECK(band.payload == "\1" + bare);
    CHECK(std::string_view(framed).substr(band.consumed) == "0000");

    std::string failed;
    write_report_status(failed, "the push was cut off", {}, false);
    CHECK(failed == "0020unpack the push was cut off\n0000");
}
