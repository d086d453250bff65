#include "shield/egress/git/wire/push_report.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/egress/git/wire/pkt_line.hpp"

using namespace anchorhold::egress;

namespace {

PushReport read(const std::string& bytes, bool side_band, std::size_t piece) {
    PushReport report(side_band);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        report.add(std::string_view(bytes).substr(at, piece));
    return report;
}

}  // namespace

TEST_CASE("a report says what became of each ref, however it is split") {
    const RefReport refs[] = {{"refs/heads/a", ""}, {"refs/heads/b", "cannot lock ref"}};
    for (const bool side_band : {false, true}) {
        std::string bytes;
        if (side_band)
            write_band(bytes, Band::progress, "hooks say\n");
        write_report_status(bytes, "", refs, side_band);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, bytes.size()}) {
            const auto report = read(bytes, side_band, piece);
            CHECK(report.whole());
            CHECK_FALSE(report.taken());
            REQUIRE(report.refused().size() == 1);
            CHECK(report.refused()[0].ref == "refs/heads/b");
            CHECK(report.refused()[0].reason == "cannot lock ref");
        }
        std::string good;
        write_report_status(good, "", std::span(refs).first(1), side_band);
        CHECK(read(good, side_band, 3).taken());
        CHECK_FALSE(read(good.substr(0, good.size() - 8), side_band, 3).whole());
    }
}

TEST_CASE("what is no whole report takes nothing") {
    std::string bytes;
    write_report_status(bytes, "index-pack abnormal exit", {}, false);
    CHECK(read(bytes, false, 9).whole());
    CHECK(read(bytes, false, 9).unpack_refused() == "index-pack abnormal exit");
    CHECK_FALSE(read(bytes, false, 9).taken());
    for (const char* broken : {"", "0000", "zzzz", "000eunpack ok\n", "0003"})
        CHECK_FALSE(read(broken, false, 4).taken());
    std::string many = "000eunpack ok\n";
    for (int i = 0; i < 30; ++i)
        write_pkt(many, "ng refs/heads/x \x1b[2K\n");
    const auto report = read(many + "0000", false, 7);
    CHECK(report.refused_count() == 30);
    CHECK(report.refused().size() == 20);
    CHECK(report.refused()[0].reason == "(not text)");
}
