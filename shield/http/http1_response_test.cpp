#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"
#include "shield/http/http1_write.hpp"

using namespace anchorhold::egress;

namespace {

struct Framing {
    std::string head;
    bool to_head;
    BodyFraming body;
    bool keep_alive;
};

}  // namespace

TEST_CASE("where a response's body ends: RFC 9112 section 6.3") {
    const auto row = GENERATE(
        Framing{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::length, 5}, true},
        Framing{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n", true, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", false, {BodyKind::chunked, 0}, true},
        Framing{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false, {BodyKind::until_close, 0}, false},
        Framing{"HTTP/1.1 200 OK\r\n\r\n", false, {BodyKind::until_close, 0}, false},
        Framing{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::length, 5}, false},
        Framing{"HTTP/1.1 204 No Content\r\n\r\n", false, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::none, 0}, false},
        Framing{"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false, {BodyKind::none, 0}, false},
        Framing{
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::length, 5}, true},
        Framing{"HTTP/1.1 200 OK\r\nContent-Length: 5 , 5\r\n\r\n", false, {BodyKind::length, 5}, true},
        Framing{"HTTP/1.1 999 Denied\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::length, 5}, true},
        Framing{"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 100 Continue\r\n\r\n", false, {BodyKind::none, 0}, true},
        Framing{"HTTP/1.1 200 OK\r\nx_y: z\r\nContent-Length: 1\r\n\r\n", false, {BodyKind::length, 1}, true});
    ResponseReader reader(row.to_head);
    INFO(row.head);
    for (std::size_t size = 0; size < row.head.size(); ++size)
        REQUIRE(reader.read(std::string_view(row.head).substr(0, size)) == ReadState::need_more);
    REQUIRE(reader.read(row.head) == ReadState::done);
    CHECK(reader.consumed() == row.head.size());
    CHECK(reader.head().body == row.body);
    CHECK(reader.head().keep_alive == row.keep_alive);
}

TEST_CASE("ambiguous responses are refused with 502") {
    const std::string head = GENERATE(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5,\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 1000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 O\rK\r\n\r\n");
    INFO(head);
    ResponseReader reader;
    CHECK(reader.read(head) == ReadState::refused);
    CHECK(reader.refusal().status == 502);
    CHECK_FALSE(reader.refusal().sentence.empty());
}

TEST_CASE("an interim head is followed by the final one") {
    std::string_view stream =
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    ResponseReader reader;
    REQUIRE(reader.read(stream) == ReadState::done);
    CHECK(reader.head().status == 103);
    stream.remove_prefix(reader.consumed());
    reader.reset(false);
    REQUIRE(reader.read(stream) == ReadState::done);
    CHECK(reader.head().status == 200);
    CHECK(response_content_length(reader.head()) == 2);
    CHECK(stream.substr(reader.consumed()) == "ok");
}
