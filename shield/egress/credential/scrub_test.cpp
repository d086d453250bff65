#include "shield/egress/credential/scrub.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "shield/egress/credential/echo_forms.hpp"
#include "shield/egress/credential/hold_back.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

using IndexPtr = std::shared_ptr<const echo::Index>;

IndexPtr index_of(std::initializer_list<std::string_view> secrets) {
    REQUIRE(prepare_secret_memory());
    auto index = std::make_shared<echo::Index>();
    std::uint32_t number = 0;
    for (const std::string_view each : secrets)
        add_echo_forms(*index, Secret(each.begin(), each.end()), number++);
    index->seal();
    return index;
}

constexpr std::string_view kToken = "hunter2-is-not-in-the-cell";
constexpr std::string_view kOther = "zebra77+of/no+kind&at/all!";

// The text through the scrubber in pieces of that size.
std::string scrubbed(const IndexPtr& index, std::string text, std::size_t piece) {
    Scrubber scrubber(index);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
        out += scrubber.pass(text.data() + at, std::min(piece, text.size() - at));
    out += scrubber.rest();
    return out;
}

std::size_t passed(Scrubber& scrubber, std::string text) {
    return scrubber.pass(text.data(), text.size()).size();
}

}  // namespace

TEST_CASE("a secret is overwritten wherever pieces are cut") {
    const auto index = index_of({kToken, kOther});
    const std::string text = "hunter2-is-not-in-the-cell x hunter2-is-nothunter2-is-not-in-the-cell\n" +
                             std::string(kOther) + std::string(kOther) + " hunter2-is-not-in-the-c";
    std::string clean = text;
    for (const std::string_view each : {kToken, kOther})
        for (auto at = clean.find(each); at != clean.npos; at = clean.find(each, at))
            clean.replace(at, each.size(), each.size(), '*');
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
        CHECK(scrubbed(index, text, piece) == clean);
}

TEST_CASE("base64 that is broken into lines is overwritten wherever pieces are cut") {
    const auto index = index_of({"0123456789abcdefghijklmnopqrstuvwxyz-and-some-more-of-it-to-fill-two-lines"});
    // Indented as in LDIF and YAML, and with blanks at the line's end.
    for (const std::string_view joint : {"\r\n", "\n ", "\r\n    ", "\n\t\t", " \t\r\n", "  \n  "}) {
        const std::string text = "Date: today\r\n\r\nMDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6LWFuZC1zb21lLW1v" +
                                 std::string(joint) + "cmUtb2YtaXQtdG8tZmlsbC10d28tbGluZXM=\r\n\r\nbye\n";
        for (std::size_t piece = 1; piece <= text.size(); ++piece) {
            CAPTURE(joint, piece);
            const std::string said = scrubbed(index, text, piece);
            CHECK(said.size() == text.size());
            CHECK(std::ranges::count(said, '*') >= 98);
        }
    }
}

TEST_CASE("without anything to look for bytes pass as they are, and nothing is held") {
    Scrubber scrubber;
    std::string text = "abc";
    CHECK(scrubber.pass(text.data(), text.size()).data() == text.data());
    CHECK(scrubber.rest().empty());
}

TEST_CASE("an event, a line and a blank goes on at once; a run of visible bytes waits for its end") {
    const auto index = index_of({kToken});
    Scrubber scrubber(index);
    CHECK(passed(scrubber, "data: {\"a\":1}\n\n") == 15);
    CHECK(passed(scrubber, "{\"id\":1}\n") == 9);
    CHECK(passed(scrubber, "one two") == 4);
    CHECK(passed(scrubber, "three") == 0);
    CHECK(passed(scrubber, " ") == 9);
    // A line of base64 may go on in the next one, an event of it may not.
    const std::string line(64, 'Q');
    CHECK(passed(scrubber, line + "\n") == 0);
    CHECK(passed(scrubber, "\n") == 66);
    CHECK(passed(scrubber, line + "\n  ") == 0);
    CHECK(passed(scrubber, "\n") == 68);
    CHECK(passed(scrubber, line + " ") == 0);
    CHECK(passed(scrubber, "word ") == 70);
    CHECK(passed(scrubber, "soft=\r\n") == 0);
    CHECK(passed(scrubber, "break\r\n") == 14);
}

TEST_CASE("so much is held back at most") {
    const auto index = index_of({kToken});
    Scrubber scrubber(index);
    std::size_t in = 0;
    std::size_t out = 0;
    for (int i = 0; i < 3000; ++i) {
        in += 100;
        out += passed(scrubber, std::string(100, 'y'));
        CHECK(in - out <= 2 * kMaxHeldBack);
    }
}

// EG0: the size of what goes on told how many bytes of a guess were right.
TEST_CASE("what goes on, and when, does not depend on the secret") {
    const auto one = index_of({kToken});
    const auto other = index_of({kOther});
    std::mt19937 random(2);
    constexpr std::string_view kLetters = "aZ9+/=-_ \r\n%&;\\u{}\"'\x80";
    for (int round = 0; round < 500; ++round) {
        Scrubber first(one);
        Scrubber second(other);
        for (int step = 0; step < 12; ++step) {
            std::string piece;
            for (int part = 0; part < 4; ++part) {
                const std::string_view secret = random() % 2 == 0 ? kToken : kOther;
                switch (random() % 4) {
                    case 0:
                        piece += secret.substr(0, random() % (secret.size() + 1));
                        break;
                    case 1:
                        piece += secret.substr(random() % secret.size());
                        break;
                    case 2:
                        piece += std::string(random() % 60, 'b');
                        break;
                    default:
                        piece += kLetters[random() % kLetters.size()];
                }
            }
            std::string mine = piece;
            std::string yours = piece;
            const std::string_view a = first.pass(mine.data(), mine.size());
            const std::string_view b = second.pass(yours.data(), yours.size());
            REQUIRE(a.size() == b.size());
            for (std::size_t i = 0; i < a.size(); ++i)
                REQUIRE((a[i] == b[i] || a[i] == '*' || b[i] == '*'));
        }
        REQUIRE(first.rest().size() == second.rest().size());
    }
}

TEST_CASE("each time a secret comes back is counted once, however it is cut") {
    const auto index = index_of({kOther, kToken});
    const std::string text = "a hunter2-is-not-in-the-cell b\nhunter2-is-not-in-the-cell\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        Scrubber scrubber(index);
        std::string copy = text;
        for (std::size_t at = 0; at < copy.size(); at += piece)
            (void)scrubber.pass(copy.data() + at, std::min(piece, copy.size() - at));
        (void)scrubber.rest();
        CHECK(scrubber.hits() == std::vector<std::uint32_t>{1, 1});
    }
}

TEST_CASE("an answer of any length takes no locked memory") {
    const auto index = index_of({kToken});
    const std::size_t before = CRYPTO_secure_used();
    std::vector<std::unique_ptr<Scrubber>> answers;
    for (int i = 0; i < 64; ++i) {
        answers.push_back(std::make_unique<Scrubber>(index));
        std::string chunk = std::string(16UL * 1024, 'x') + "hunt";
        for (int piece = 0; piece < 3; ++piece)
            (void)answers.back()->pass(chunk.data(), chunk.size());
    }
    CHECK(CRYPTO_secure_used() == before);
}
