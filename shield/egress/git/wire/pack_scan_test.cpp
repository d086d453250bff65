#include "shield/egress/git/wire/pack_scan.hpp"

#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

std::string deflated(std::string_view text) {
    std::string out(compressBound(text.size()), '\0');
    uLongf size = out.size();
    REQUIRE(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                      text.size(), 9) == Z_OK);
    return out.substr(0, size);
}

std::string object_header(int type, std::size_t size) {
    std::string out(1, static_cast<char>(type << 4 | static_cast<int>(size & 0xf)));
    for (size >>= 4; size != 0; size >>= 7) {
        out.back() = static_cast<char>(out.back() | '\x80');
        out.push_back(static_cast<char>(size & 0x7f));
    }
    return out;
}

std::string object(int type, std::string_view content) {
    return object_header(type, content.size()) + deflated(content);
}

std::string delta_at(std::size_t distance) {
    std::string out(1, static_cast<char>(distance & 0x7f));
    while ((distance >>= 7) != 0)
        out.insert(0, 1, static_cast<char>(0x80 | (--distance & 0x7f)));
    return object_header(6, 3) + out + deflated("abc");
}

std::string header(unsigned objects, char version = 2) {
    return "PACK\0\0\0"s + version + std::string(3, '\0') + static_cast<char>(objects);
}

const std::string kTrailer(20, 't');

ReadState feed(PackScanner& pack, std::string_view bytes, std::size_t piece = SIZE_MAX) {
    ReadState state = ReadState::need_more;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
        state = pack.feed(as_bytes(bytes.substr(0, piece)));
    return state;
}

}  // namespace

TEST_CASE("objects are counted by type, deltas by their base, in any split") {
    const std::string commit = object(1, "tree\n");
    const std::string far = object(3, std::string(100000, 'b'));
    const std::string big = object(3, std::string(300, 'a') + "bcdefg");
    const std::string bases = commit + object(2, "") + far + big + object(4, "tag");
    const std::string first = delta_at(bases.size());   // to the commit
    const std::string second = delta_at(first.size());  // to that delta
    const std::string thin = object_header(7, 3) + std::string(20, 'i') + deflated("abc");
    const std::string body = header(8) + bases + first + second + thin;
    const std::size_t piece = GENERATE(1U, 3U, 64U, 1U << 20);
    PackScanner pack({}, 20);
    CHECK(feed(pack, body, piece) == ReadState::need_more);
    CHECK(feed(pack, kTrailer, piece) == ReadState::done);
    CHECK(pack.end_of_stream() == ReadState::done);
    const PackCounts& counts = pack.counts();
    CHECK(counts.version == 2);
    CHECK(counts.objects == 8);
    CHECK(counts.commits == 3);
    CHECK(counts.trees == 1);
    CHECK(counts.blobs == 2);
    CHECK(counts.tags == 1);
    CHECK(counts.unknown == 1);
    CHECK_FALSE(counts.exact());
    CHECK(counts.trailer_offset == body.size());
    CHECK(counts.inflated_bytes == 5 + 100000 + 306 + 3 + 9);
    CHECK(pack.feed(as_bytes("x")) == ReadState::refused);
}

TEST_CASE("a pack that git made") {
    std::ifstream file(PARSE_CORPUS "/pack-scan/git-made.pack", std::ios::binary);
    const std::string body{std::istreambuf_iterator<char>(file), {}};
    REQUIRE_FALSE(body.empty());
    PackScanner pack({}, 20);
    CHECK(feed(pack, body, 7) == ReadState::done);
    CHECK(pack.counts().commits == 12);
    CHECK(pack.counts().trees == 12);
    CHECK(pack.counts().blobs == 12);
    CHECK(pack.counts().tags == 1);
    CHECK(pack.counts().exact());
    CHECK(pack.counts().trailer_offset == body.size() - 20);
}

TEST_CASE("an empty pack and a SHA-256 trailer") {
    PackScanner empty({}, 20);
    CHECK(feed(empty, header(0) + kTrailer) == ReadState::done);
    PackScanner sha256({}, 32);
    CHECK(feed(sha256, header(0, 3) + kTrailer) == ReadState::need_more);
    CHECK(feed(sha256, std::string(12, 't')) == ReadState::done);
}

TEST_CASE("packs that are none are refused") {
    const std::string blob = object(3, "hello");
    const std::string body = GENERATE_COPY(
        "JUNK"s, "PACJ"s, header(1, 1), header(1, 4), header(1) + object(0, "x"), header(1) + object(5, "x"),
        header(1) + "\x35not zlib at all", header(1) + object_header(3, 4) + deflated("hello"),
        header(1) + object_header(3, 6) + deflated("hello"), header(1) + object_header(3, 0) + deflated("hello"),
        header(2) + blob + delta_at(blob.size() + 1), header(2) + blob + delta_at(1),
        header(2) + blob + delta_at(100000), header(2) + blob + object_header(6, 3) + '\0' + deflated("abc"),
        header(2) + blob + object_header(6, 3) + std::string(12, '\xff'), header(1) + "\xbf" + std::string(12, '\xff'),
        header(0) + kTrailer + "x");
    PackScanner pack({}, 20);
    CHECK(feed(pack, body) == ReadState::refused);
    CHECK_FALSE(pack.refusal().sentence.empty());
    CHECK(pack.feed(as_bytes("x")) == ReadState::refused);
}

TEST_CASE("a pack that is cut off is refused at the end") {
    const std::string body = header(1) + object(3, "hello") + kTrailer;
    for (std::size_t size = 0; size < body.size(); ++size) {
        PackScanner pack({}, 20);
        CHECK((size == 0 || feed(pack, std::string_view(body).substr(0, size)) == ReadState::need_more));
        CHECK(pack.end_of_stream() == ReadState::refused);
        CHECK(pack.refusal().status == 400);
    }
}

TEST_CASE("bombs are beyond the limits before they are inflated") {
    const std::string big = object(3, std::string(1000, 'a'));
    auto beyond = [](const PackLimits& limits, const std::string& body) {
        PackScanner pack(limits, 20);
        CHECK(feed(pack, body) == ReadState::refused);
        return pack.refusal().status == 413;
    };
    CHECK(beyond({.objects = 1}, header(2)));
    CHECK(beyond({.object_bytes = 999}, header(1) + big));
    CHECK(beyond({.total_bytes = 1999}, header(2) + big + big));
    CHECK_FALSE(beyond({}, header(1) + object_header(3, 10) + deflated(std::string(1000000, 'a'))));
}
