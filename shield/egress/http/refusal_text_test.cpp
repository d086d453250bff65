#include "shield/egress/http/refusal_text.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "shield/http/http1_write.hpp"

using namespace anchorhold::egress;

TEST_CASE("a reason stands in the status line") {
    std::string out;
    REQUIRE(write_answer(out, {403, refusal_phrase("no rule lists example.com")}, "text/plain", "", true));
    CHECK(out.starts_with("HTTP/1.1 403 anchorhold: no rule lists example.com\r\n"));
}

TEST_CASE("nothing in a reason ends the line, or is more than a line holds") {
    CHECK(refusal_phrase("a\r\nX-Evil: b\n\tc") == "anchorhold: a? X-Evil: b  c");
    CHECK(refusal_phrase("caf\xc3\xa9 \x1b[2J \x7f\x80") == "anchorhold: caf? ?[2J ?");
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    const std::string line = refusal_phrase(all + all);
    CHECK(line.size() == 200);
    CHECK(line.ends_with("..."));
    CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
}

TEST_CASE("a phrase that could break the line is not written") {
    std::string out;
    CHECK_FALSE(write_answer(out, {403, "a\r\nb"}, "text/plain", "", true));
    CHECK(out.empty());
    REQUIRE(write_answer(out, {403}, "text/plain", "", true));
    CHECK(out.starts_with("HTTP/1.1 403 Forbidden\r\n"));
}
