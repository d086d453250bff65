#include "shield/http/inflate.hpp"

#include <zlib.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>

using namespace anchorhold::egress;

namespace {

std::string packed(std::string_view text, int window) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(text.size() + 200, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// In pieces of that size through a room of that size; nothing when it is broken or ends too early.
std::optional<std::string> unpacked(std::string_view text, std::size_t piece, std::size_t room) {
    Inflater inflater;
    std::string out;
    std::string some(room, '\0');
    for (std::size_t at = 0; at < text.size(); at += piece) {
        inflater.give(text.substr(at, piece));
        while (inflater.pending()) {
            out.append(some.data(), inflater.next(some));
            if (inflater.broken())
                return std::nullopt;
        }
    }
    return inflater.at_end() ? std::optional(out) : std::nullopt;
}

}  // namespace

TEST_CASE("gzip, zlib's format and bare deflate are unpacked however they are cut") {
    std::string text;
    for (int i = 0; i < 500; ++i)
        text += "line " + std::to_string(i) + " of the answer\n";
    for (const int window : {16 + MAX_WBITS, MAX_WBITS, -MAX_WBITS})
        for (const std::size_t piece : {1U, 7U, 4096U})
            for (const std::size_t room : {1U, 100U, 65536U})
                CHECK(unpacked(packed(text, window), piece, room) == text);
    const std::string one = packed("one ", 16 + MAX_WBITS);
    CHECK(unpacked(one + packed("two", 16 + MAX_WBITS), 3, 2) == "one two");
    CHECK(unpacked("", 1, 1) == "");
}

TEST_CASE("what is cut off or is none of it is told") {
    const std::string whole = packed("some text that is cut off", 16 + MAX_WBITS);
    CHECK_FALSE(unpacked(whole.substr(0, whole.size() - 1), 4096, 100));
    CHECK_FALSE(unpacked("hello, I am no such thing", 4096, 100));
    CHECK_FALSE(unpacked(whole + "\x1f trailing", 4096, 100));
}
