#include "shield/http/gunzip.hpp"

#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold::egress;

namespace {

std::string gzipped(std::string_view text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 32, 0);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

int status_of(std::string_view body, std::size_t most = 1000) {
    const auto plain = gunzip(body, most);
    return plain ? 0 : plain.error().status;
}

}  // namespace

TEST_CASE("a gzip body is inflated whole") {
    CHECK(gunzip(gzipped("hello"), 5) == "hello");
    CHECK(gunzip(gzipped(""), 0) == "");
    const std::string long_text(300'000, 'x');
    CHECK(gunzip(gzipped(long_text), long_text.size()) == long_text);
}

TEST_CASE("what is no single gzip member of that size is refused") {
    const std::string whole = gzipped("hello");
    CHECK(status_of("") == 400);
    CHECK(status_of("hello") == 400);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK(status_of(std::string_view(whole).substr(0, size)) == 400);
    CHECK(status_of(whole + "x") == 400);
    CHECK(status_of(whole + whole) == 400);
    CHECK(status_of(whole, 4) == 413);
    CHECK(status_of(gzipped(std::string(10'000'000, 0)), 1'000'000) == 413);
    std::string wrong = whole;
    wrong[wrong.size() - 6] ^= 1;
    CHECK(status_of(wrong) == 400);
}
