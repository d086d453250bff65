#include "shield/echo/index.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold::echo;

namespace {

Index index_of(std::initializer_list<std::string_view> patterns) {
    Index index;
    std::uint32_t number = 0;
    for (const std::string_view pattern : patterns)
        index.add(pattern, number++);
    index.seal();
    return index;
}

std::string blotted(const Index& index, std::string text) {
    for (const Found& found : index.find(text))
        for (std::size_t i = found.from; i < found.to; ++i)
            text[i] = '*';
    return text;
}

constexpr std::string_view kToken = "ghp_CI5CFKlFNXfsfYQc87OMjaGdlpbCB0GNEPCr";

}  // namespace

TEST_CASE("a secret is found wherever it stands, and nothing else is") {
    const Index index = index_of({kToken});
    for (std::size_t before = 0; before < 40; ++before) {
        const std::string text = std::string(before, 'x') + std::string(kToken) + "yyy";
        CHECK(blotted(index, text) == std::string(before, 'x') + std::string(kToken.size(), '*') + "yyy");
    }
    const std::string most(kToken.substr(0, kToken.size() - 1));
    CHECK(blotted(index, most + "!") == most + "!");
    CHECK(blotted(index, most) == most);
    CHECK(blotted(index, std::string(kToken.substr(1))) == kToken.substr(1));
}

TEST_CASE("several secrets are told apart, also side by side") {
    const Index index = index_of({"0123456789abcdefghij", "zyxwvutsrqponmlkjihg"});
    const auto found = index.find("..zyxwvutsrqponmlkjihg0123456789abcdefghij 0123456789abcdefghij");
    REQUIRE(found.size() == 3);
    CHECK(found[0].secret == 1);
    CHECK(found[1].secret == 0);
    CHECK(found[1].from == 22);
    CHECK(found[2].to == 63);
}

TEST_CASE("what stands beside a secret cannot hide its ends in an escape") {
    const Index index = index_of({"4a6f1234567890abcdef"});
    for (const std::string_view before : {"key=", "%", "\\u00", "\\x", "%u00", "x=4", "&#x", "a=%"})
        for (const std::string_view after : {"", "41", ";", " ", "=20", "%"}) {
            CAPTURE(before, after);
            const std::string text = std::string(before) + "4a6f1234567890abcdef" + std::string(after);
            const auto found = index.find(text);
            REQUIRE(found.size() == 1);
            CHECK(found[0].from == before.size());
            CHECK(found[0].to == before.size() + 20);
        }
    const Index ends = index_of({"1234567890abcdefgh%", "1234567890abcdefgh&#4", "1234567890ijklmnopqr\\"});
    const Index padded = index_of({"1234567890abcdefgh=="});
    CHECK(padded.find("token: 1234567890abcdefgh==\r\n").size() == 1);
    CHECK(ends.find("token=1234567890abcdefgh%41").size() == 1);
    CHECK(ends.find("token=1234567890abcdefgh&#4;3").size() == 1);
    CHECK(ends.find("token=1234567890ijklmnopqr\\u0041").size() == 1);
}

TEST_CASE("a backslash at a secret's end is covered as it is spelled") {
    const Index index = index_of({"1234567890ijklmnopqr\\"});
    CHECK(blotted(index, R"("1234567890ijklmnopqr\\","x")") == "\"**********************\",\"x\"");
    CHECK(blotted(index, R"("1234567890ijklmnopqr\u005C")") == "\"**************************\"");
    CHECK(blotted(index, "1234567890ijklmnopqr\\\nnext") == "*********************\nnext");
}

TEST_CASE("the shortest secret is found at every place") {
    const Index index = index_of({"0a1b2c3d4e5f6g7h"});
    for (std::size_t before = 0; before < 12; ++before)
        for (const std::string_view joint : {"=", " ", "/"}) {
            const std::string text = std::string(before, 'z') + std::string(joint) + "0a1b2c3d4e5f6g7h";
            CAPTURE(text);
            CHECK(index.find(text).size() == 1);
        }
}

TEST_CASE("a secret is found by windows of each width, at every place") {
    constexpr std::string_view kLong = "3637356c77303968637262367a30716b3978346d74376a326638617076317365756e3564";
    for (const std::size_t width : kWidths)
        // The shortest that egress looks for have eight bytes more than their windows.
        for (const std::size_t size : {width + 8, kLong.size()}) {
            const std::string_view spelling = kLong.substr(0, size);
            Index index;
            index.add(spelling, 0, {width, 0});
            index.seal();
            for (std::size_t before = 0; before < 50; ++before)
                for (const std::string_view joint : {" ", "=", "%"}) {
                    CAPTURE(width, size, before, joint);
                    std::string text = std::string(before, 'z') + std::string(joint);
                    const std::size_t from = text.size();
                    text += std::string(spelling) + " yyy";
                    const auto found = index.find(text);
                    REQUIRE(found.size() == 1);
                    CHECK(found[0].from == from);
                    CHECK(found[0].to == from + size);
                }
            const std::string most = "x" + std::string(spelling.substr(1));
            CHECK(blotted(index, most) == most);
            CHECK(index.windows(spelling) > 0);
            CHECK(index.windows(spelling.substr(size - width + 1)) == 0);
        }
}

TEST_CASE("what is full of right windows is covered unseen once comparing them has cost enough") {
    const Index index = index_of({kToken});
    const std::string_view end = kToken.substr(kToken.size() - 20);
    const auto times = [&](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += "some words, then " + std::string(end) + "\n";
        return text;
    };
    const std::string few = times(50);
    CHECK(index.windows(few) >= 50);
    CHECK(blotted(index, few) == few);

    const std::string many = times(5000) + std::string(kToken) + " " + std::string(kToken);
    const std::string said = blotted(index, many);
    CHECK(said.starts_with(times(50)));
    CHECK(said.ends_with(std::string(kToken.size(), '*') + " " + std::string(kToken.size(), '*')));
    CHECK_FALSE(said.substr(said.size() / 2).contains(end.substr(end.size() - kGram)));
}

// A window in a text that spreads what stands beside it over many readings.
TEST_CASE("however a right window is surrounded, comparing it ends") {
    const Index index = index_of({kToken});
    std::string text;
    for (int i = 0; i < 400; ++i) {
        for (const char c : kToken.substr(0, 20))
            text += "%" + std::string(60, ' ') + c;
        text += kToken.substr(20);
        text += std::string(60, '\\');
    }
    text += kToken;
    CHECK_FALSE(blotted(index, text).ends_with(kToken.substr(1)));
}

TEST_CASE("an empty index finds nothing") {
    CHECK(Index().find(kToken).empty());
    CHECK(Index().empty());
}
