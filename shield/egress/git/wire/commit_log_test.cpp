#include "shield/egress/git/wire/commit_log.hpp"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

#include "shield/egress/git/wire/pack_delta.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

// Of git: three commits on top of one that is not in it, two of them deltas. Before it a byte, the newest and that one.
struct Made {
    std::string pack, newest, below;
};
Made git_made() {
    std::ifstream file(PARSE_CORPUS "/commit-log/git-made", std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    REQUIRE(all.size() > 41);
    return {all.substr(41), to_hex(as_bytes(all.substr(1, 20))), to_hex(as_bytes(all.substr(21, 20)))};
}

std::string object(int type, std::string_view content) {
    std::string out(1, static_cast<char>(type << 4 | static_cast<int>(content.size() & 0xf)));
    for (std::size_t size = content.size() >> 4; size != 0; size >>= 7) {
        out.back() = static_cast<char>(out.back() | '\x80');
        out.push_back(static_cast<char>(size & 0x7f));
    }
    std::string packed(compressBound(content.size()), '\0');
    uLongf size = packed.size();
    REQUIRE(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(content.data()),
                      content.size(), 9) == Z_OK);
    return out + packed.substr(0, size);
}

const std::string kTree = "tree " + std::string(40, 'a') + "\n";
const std::string kOld(40, 'b');
const std::string kAuthor = "author Ada <ada@a.test> 1790000000 +0000\ncommitter C <c@a.test> 1790000000 +0000\n";

std::string commit_id(const std::string& text) {
    const std::string named = "commit " + std::to_string(text.size()) + '\0' + text;
    Bytes digest(20);
    REQUIRE(EVP_Digest(named.data(), named.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
    return to_hex(digest);
}

// A pack of these commits, read.
CommitLog log_of(const std::vector<std::string>& commits) {
    std::string pack = "PACK\0\0\0\2\0\0\0"s + static_cast<char>(commits.size());
    for (const auto& commit : commits)
        pack += object(1, commit);
    CommitLog log(20);
    PackScanner scanner({}, 20, &log);
    REQUIRE(scanner.feed(as_bytes(pack + std::string(20, 't'))) == ReadState::done);
    return log;
}

}  // namespace

TEST_CASE("git's commits are read, deltas too, and lead to the one that the server has") {
    const Made made = git_made();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, made.pack.size()}) {
        CommitLog log(20);
        PackScanner scanner({}, 20, &log);
        ReadState state = ReadState::need_more;
        for (std::size_t at = 0; at < made.pack.size(); at += piece)
            state = scanner.feed(as_bytes(std::string_view(made.pack).substr(at, piece)));
        REQUIRE(state == ReadState::done);
        CHECK(log.has_ancestor(made.newest, made.below) == Ancestry::yes);
        CHECK(log.has_ancestor(made.newest, kOld) == Ancestry::unknown);
        CHECK(log.has_ancestor(made.below, made.newest) == Ancestry::unknown);
        const std::array<std::string_view, 1> from{made.newest};
        const auto shown = log.shown(from, 20);
        REQUIRE(shown.size() == 3);
        CHECK(shown[0].id == made.newest);
        CHECK(shown[0].subject == "work 3");
        CHECK(shown[2].subject == "work 1");
        CHECK(shown[1].author == "Ada L <ada@example.com>");
        CHECK(log.shown(from, 2).size() == 2);
    }
}

TEST_CASE("a parent is one only where git looks for it") {
    const std::string root = kTree + kAuthor + "\nroot\n";
    const std::string forged = kTree + kAuthor + "parent " + kOld + "\n\nforged\n";
    const std::string child = kTree + "parent " + kOld + "\n" + kAuthor + "\nchild\n";
    auto log = log_of({root, forged, child});
    CHECK(log.has_ancestor(commit_id(root), kOld) == Ancestry::no);
    CHECK(log.has_ancestor(commit_id(forged), kOld) == Ancestry::no);
    CHECK(log.has_ancestor(commit_id(child), kOld) == Ancestry::yes);
}

TEST_CASE("a subject is short text, or not shown at all") {
    const auto subject = [](const std::string& message) {
        const std::string commit = kTree + kAuthor + "\n" + message;
        const std::string id = commit_id(commit);
        const std::array<std::string_view, 1> from{id};
        return log_of({commit}).shown(from, 1).at(0).subject;
    };
    CHECK(subject("\n\nfirst line\nsecond") == "first line");
    CHECK(subject("") == "");
    CHECK(subject(std::string(200, 'x')) == std::string(200, 'x'));
    CHECK(subject(std::string(201, 'x')) == std::string(197, 'x') + "…");
    CHECK(subject(std::string(196, 'x') + "üüüü") == std::string(196, 'x') + "…");
    CHECK(subject("a\x1b[2Kb") == std::nullopt);
    CHECK(subject("\xfc") == std::nullopt);
}

TEST_CASE("a delta makes what it says or nothing") {
    const std::string base = "0123456789";
    const auto made = [&](const std::string& delta) { return apply_delta(base, delta, 100); };
    CHECK(made("\x0a\x05\x91\x02\x03\x02xy"s) == "234xy");
    CHECK(made("\x0a\x00"s) == "");
    CHECK_FALSE(made(""));
    CHECK_FALSE(made("\x0b\x05\x91\x02\x03\x02xy"s));  // of another base
    CHECK_FALSE(made("\x0a\x04\x91\x02\x03\x02xy"s));  // more than it says
    CHECK_FALSE(made("\x0a\x06\x91\x02\x03\x02xy"s));  // less
    CHECK_FALSE(made("\x0a\x05\x91\x09\x03\x02xy"s));  // behind the base's end
    CHECK_FALSE(made("\x0a\x05\x91\x02\x03\x03xy"s));  // cut off
    CHECK_FALSE(made("\x0a\x05\x00"s));                // reserved
    CHECK_FALSE(made("\x0a\xff\xff\xff\x7f"s));        // longer than is kept
}
