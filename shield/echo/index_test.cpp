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

TEST_CASE("an empty index finds nothing") {
    CHECK(Index().find(kToken).empty());
    CHECK(Index().empty());
}
