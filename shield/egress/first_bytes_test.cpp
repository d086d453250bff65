#include "shield/egress/first_bytes.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/egress/git/wire/pkt_line.hpp"

using namespace anchorhold::egress;

TEST_CASE("a protocol is known by its first bytes") {
    CHECK(spoken("") == Spoken::unknown_yet);
    CHECK(spoken("\x16") == Spoken::tls);
    for (const auto* text : {"G", "GET / HTTP/1.1", "SEARCH", "SSX", "P"})
        CHECK(spoken(text) == Spoken::http);
    for (const auto* text : {"S", "SS", "SSH", "0", "003e", "003eg", "003egit"})
        CHECK(spoken(text) == Spoken::unknown_yet);
    CHECK(spoken("SSH-2.0-OpenSSH_10.0") == Spoken::ssh);
    CHECK(spoken("003egit-upload-pack /x") == Spoken::git);
    for (const auto* text : {"get", "0x", "003ehub", "00000", "\x80", "\n", "*1\r\n"})
        CHECK(spoken(text) == Spoken::other);
    CHECK(spoken(std::string_view("\0\1", 2)) == Spoken::other);
}

TEST_CASE("each protocol has its own no") {
    const std::string line = "anchorhold: no";
    CHECK(refusal_in(Spoken::other, line) == "anchorhold: no\r\n");
    const std::string git_says = refusal_in(Spoken::git, line);
    const Pkt git = read_pkt(git_says);
    CHECK(git.payload == "ERR anchorhold: no\n");
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string text(size, 'x');
        const std::string said = refusal_in(Spoken::ssh, text);
        const std::string_view version = "SSH-2.0-anchorhold\r\n";
        REQUIRE(said.starts_with(version));
        const std::string_view packet = std::string_view(said).substr(version.size());
        CHECK(packet.size() % 8 == 0);
        CHECK(packet.size() >= 16);
        CHECK(static_cast<unsigned char>(packet[3]) == packet.size() - 4);
        const auto padding = static_cast<unsigned char>(packet[4]);
        CHECK(padding >= 4);
        CHECK(packet.size() - 5 - padding == 1 + 4 + 4 + size + 4);
        CHECK(packet[5] == 1);
        CHECK(packet.substr(14, size) == text);
    }
}
