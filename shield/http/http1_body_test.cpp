#include "shield/http/http1_body.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

using namespace anchorhold::egress;

namespace {

struct Read {
    ReadState state = ReadState::need_more;
    std::string data;
    std::size_t consumed = 0;
};

// Hands over at most `piece` bytes at a time.
Read read_all(BodyReader& body, std::string_view input, std::size_t piece) {
    Read read;
    while (read.state == ReadState::need_more && read.consumed < input.size()) {
        const BodyStep step = body.next(input.substr(read.consumed, piece));
        read.state = step.state;
        read.consumed += step.consumed;
        read.data += step.data;
    }
    return read;
}

}  // namespace

TEST_CASE("a chunked body in any split") {
    const std::string_view wire = "4\r\nWiki\r\nA;a=b;c\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET";
    const std::size_t piece = GENERATE(1U, 2U, 3U, 7U, 100U);
    BodyReader body({BodyKind::chunked, 0});
    const Read read = read_all(body, wire, piece);
    CHECK(read.state == ReadState::done);
    CHECK(read.data == "Wiki0123456789");
    CHECK(wire.substr(read.consumed) == "GET");
    CHECK(body.end_of_stream() == ReadState::done);
}

TEST_CASE("chunked bodies that two parsers could read in two ways are refused") {
    const std::string wire =
        GENERATE("+5\r\nhello\r\n0\r\n\r\n", "-5\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n", "5 0\r\nhello\r\n",
                 "5\nhello\n0\n\n", "\r\n0\r\n\r\n", "g\r\n", "5\r\nhello!\r\n", "5\r\nhello\n0\r\n\r\n",
                 "5\r\nhello\r0\r\n\r\n", "10000000000000000\r\n", "8000000000000000\r\n", "ffffffffffffffff\r\n",
                 "00000000000000005\r\nhello\r\n", "5;a\nb\r\nhello\r\n", "5;a=\"\n\"\r\nhello\r\n", "5;\r\nhello\r\n",
                 "5;a=\r\nhello\r\n", "5;a=b=c\r\n", "5;a\rb\r\n", "0\r\n\n", "0\r\n\rx", "0\r\n folded: x\r\n\r\n",
                 "0\r\nno colon\r\n\r\n", "0\r\na: b\n\r\n", "0\r\n: b\r\n\r\n", "5_\r\n", "5,5\r\n", "5;a=\"b\r\n",
                 "5;a=\"b\"c\r\n", "5;a=\"b\\\r\n\"", "5;\"a\"\r\n", "5 \n");
    INFO(wire);
    BodyReader body({BodyKind::chunked, 0});
    const Read read = read_all(body, wire, 1);
    CHECK(read.state == ReadState::refused);
    CHECK(body.refusal().status == 400);
    CHECK(body.refusal().offset == read.consumed);
    CHECK(body.next("0\r\n\r\n").state == ReadState::refused);
    CHECK(body.end_of_stream() == ReadState::refused);
}

TEST_CASE("what is sloppy and certain is read: white space behind a size, quoted extensions") {
    const std::string wire =
        GENERATE("5 \r\nhello\r\n0\r\n\r\n", "5\t \r\nhello\r\n0   \r\n\r\n", "5 ;a=b\r\nhello\r\n0\r\n\r\n",
                 "5;a=\"b;\\\"c\"\r\nhello\r\n0;d=\"\";e\r\n\r\n", "5;a=b ;c \r\nhello\r\n0\r\n\r\n");
    INFO(wire);
    BodyReader body({BodyKind::chunked, 0});
    const Read read = read_all(body, wire, 1);
    CHECK(read.state == ReadState::done);
    CHECK(read.data == "hello");
}

TEST_CASE("extensions and trailers have a limit") {
    BodyReader spaces({BodyKind::chunked, 0});
    CHECK(read_all(spaces, "5" + std::string(9000, ' '), 100).state == ReadState::refused);
    const std::string much(9000, 'a');
    BodyReader extension({BodyKind::chunked, 0});
    CHECK(read_all(extension, "5;" + much, 100).state == ReadState::refused);
    BodyReader trailer({BodyKind::chunked, 0});
    CHECK(read_all(trailer, "0\r\na: " + much, 100).state == ReadState::refused);
    BodyReader many({BodyKind::chunked, 0});
    std::string trailers = "0\r\n";
    for (int i = 0; i < 3000; ++i)
        trailers += "a:\r\n";
    CHECK(read_all(many, trailers, 100).state == ReadState::refused);
}

TEST_CASE("a body of known length ends there") {
    BodyReader body({BodyKind::length, 5});
    CHECK(body.next("").state == ReadState::need_more);
    const Read read = read_all(body, "helloGET", 3);
    CHECK(read.state == ReadState::done);
    CHECK(read.data == "hello");
    CHECK(read.consumed == 5);
    CHECK(body.end_of_stream() == ReadState::done);
    BodyReader cut({BodyKind::length, 5});
    CHECK(read_all(cut, "hell", 4).state == ReadState::need_more);
    CHECK(cut.end_of_stream() == ReadState::refused);
}

TEST_CASE("a body may end with the connection, or not be there") {
    BodyReader open({BodyKind::until_close, 0});
    CHECK(read_all(open, "hello", 2).data == "hello");
    CHECK(open.end_of_stream() == ReadState::done);
    BodyReader none;
    CHECK(none.next("GET").state == ReadState::done);
    CHECK(none.next("GET").consumed == 0);
    CHECK(none.end_of_stream() == ReadState::done);
}
