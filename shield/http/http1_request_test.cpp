// Every row of the smuggling checklist, and what a request head is when it passes.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"

using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

struct Row {
    const char* what;
    std::string head;
    int status;
};

std::string request(std::string_view fields, std::string_view line = "POST /a HTTP/1.1") {
    return std::string(line) + "\r\nHost: a.test\r\n" + std::string(fields) + "\r\n";
}

int status_of(std::string_view head) {
    RequestReader reader;
    return reader.read(head) == ReadState::refused ? reader.refusal().status : 0;
}

}  // namespace

TEST_CASE("ambiguous requests are refused with their status") {
    const auto row = GENERATE(
        Row{"TE gzip and CL", request("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), 501},
        Row{"TE xchunked and CL", request("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"), 501},
        Row{"TE chunked, gzip", request("Transfer-Encoding: chunked, gzip\r\n"), 501},
        Row{"TE gzip, chunked", request("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Row{"TE chunked, chunked", request("Transfer-Encoding: chunked, chunked\r\n"), 501},
        Row{"TE with parameter", request("Transfer-Encoding: chunked;q=1\r\n"), 501},
        Row{"TE empty", request("Transfer-Encoding:\r\n"), 501},
        Row{"TE identity", request("Transfer-Encoding: identity\r\n"), 501},
        Row{"TE with vertical tab",
            request("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
            400},
        Row{"two TE", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Row{"two TE, the second other", request("Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n"), 400},
        Row{"CL then TE", request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        Row{"TE then CL", request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        Row{"TE and CL 0", request("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400},
        Row{"HTTP/1.0 chunked", request("Transfer-Encoding: chunked\r\n", "POST /a HTTP/1.0"), 400},
        Row{"two CL, one zero", request("Content-Length: 0\r\nContent-Length: 5\r\n"), 400},
        Row{"two CL", request("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        Row{"CL list", request("Content-Length: 5, 6\r\n"), 400},
        Row{"CL list with an empty end", request("Content-Length: 5,\r\n"), 400},
        Row{"CL plus", request("Content-Length: +5\r\n"), 400}, Row{"CL minus", request("Content-Length: -5\r\n"), 400},
        Row{"CL hex", request("Content-Length: 0x2\r\n"), 400}, Row{"CL empty", request("Content-Length: \r\n"), 400},
        Row{"CL with space", request("Content-Length: 5 5\r\n"), 400},
        Row{"CL 2^63", request("Content-Length: 9223372036854775808\r\n"), 400},
        Row{"CL 2^64+5", request("Content-Length: 18446744073709551621\r\n"), 400},
        Row{"obs-fold", request("A: b\r\n c\r\n"), 400}, Row{"obs-fold with tab", request("A: b\r\n\tc\r\n"), 400},
        Row{"fold in the first field", "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n", 400},
        Row{"bare LF after the line", "GET / HTTP/1.1\nHost: a.test\r\n\r\n", 400},
        Row{"bare LF after a field", "GET / HTTP/1.1\r\nHost: a.test\n\r\n", 400},
        Row{"bare LF at the end", "GET / HTTP/1.1\r\nHost: a.test\r\n\n", 400},
        Row{"bare CR in a value", request("A: b\rc\r\n"), 400}, Row{"CR CR LF", request("A: b\r\r\n"), 400},
        Row{"bare CR in a name", request("A\rb: c\r\n"), 400},
        Row{"bare CR in the line", "GET /\r HTTP/1.1\r\nHost: a.test\r\n\r\n", 400},
        Row{"NUL in a value", request("A: b\0c\r\n"s), 400}, Row{"NUL in a name", request("A\0: c\r\n"s), 400},
        Row{"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a.test\r\n\r\n"s, 400},
        Row{"DEL in a long value",
            request("A: bbbbbbbbbbbbbbbbbbbbbb\x7f"
                    "cccccccc\r\n"),
            400},
        Row{"space before colon", request("A : b\r\n"), 400}, Row{"tab before colon", request("A\t: b\r\n"), 400},
        Row{"no colon", request("A\r\n"), 400}, Row{"empty name", request(": b\r\n"), 400},
        Row{"name not a token", request("A(b): c\r\n"), 400}, Row{"name not ASCII", request("\xc3\xa4: c\r\n"), 400},
        Row{"underscore", request("Content_Length: 5\r\n"), 400}, Row{"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
        Row{"no field at all", "GET / HTTP/1.1\r\n\r\n", 400},
        Row{"value that ends in NEL", request("A: b\x85\r\n"), 400},
        Row{"value that begins with a no-break space",
            request("A: \xc2\xa0"
                    "b\r\n"),
            400},
        Row{"value that ends in a wide space", request("A: b\xe3\x80\x80\r\n"), 400},
        Row{"underscore of a hop-by-hop field", request("proxy_connection: x\r\n"), 400},
        Row{"two Host", request("Host: a.test\r\n"), 400}, Row{"Host empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Row{"Host list", "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n", 400},
        Row{"Host with user", "GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n", 400},
        Row{"Host with path", "GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n", 400},
        Row{"Host with empty port", "GET / HTTP/1.1\r\nHost: a.test:\r\n\r\n", 400},
        Row{"Host with port 0", "GET / HTTP/1.1\r\nHost: a.test:0\r\n\r\n", 400},
        Row{"Host with port 65536", "GET / HTTP/1.1\r\nHost: a.test:65536\r\n\r\n", 400},
        Row{"Host with two ports", "GET / HTTP/1.1\r\nHost: a.test:443:80\r\n\r\n", 400},
        Row{"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
        Row{"Host with a word behind the bracket", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
        Row{"absolute-form", request("", "GET https://b.test/ HTTP/1.1"), 400},
        Row{"absolute-form, same host", request("", "GET https://a.test/ HTTP/1.1"), 400},
        Row{"asterisk-form", request("", "OPTIONS * HTTP/1.1"), 400},
        Row{"CONNECT", request("", "CONNECT a.test:443 HTTP/1.1"), 501},
        Row{"TRACE", request("", "TRACE / HTTP/1.1"), 501}, Row{"HTTP/2.0", request("", "GET / HTTP/2.0"), 505},
        Row{"PRI in HTTP/1.1", request("", "PRI / HTTP/1.1"), 501},
        Row{"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Row{"HTTP/1.2", request("", "GET / HTTP/1.2"), 505}, Row{"HTTP/0.9", request("", "GET /"), 400},
        Row{"http/1.1", request("", "GET / http/1.1"), 400}, Row{"HTTP/1.10", request("", "GET / HTTP/1.10"), 400},
        Row{"HTTP/01.1", request("", "GET / HTTP/01.1"), 400},
        Row{"leading CRLF", "\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 400},
        Row{"leading LF", "\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 400},
        Row{"leading space", request("", " GET / HTTP/1.1"), 400},
        Row{"two spaces", request("", "GET  / HTTP/1.1"), 400},
        Row{"two spaces before the version", request("", "GET /  HTTP/1.1"), 400},
        Row{"tab", request("", "GET\t/ HTTP/1.1"), 400}, Row{"trailing space", request("", "GET / HTTP/1.1 "), 400},
        Row{"space in the target", request("", "GET /a b HTTP/1.1"), 400},
        Row{"fragment", request("", "GET /a#b HTTP/1.1"), 400},
        Row{"backslash", request("", "GET /a\\b HTTP/1.1"), 400},
        Row{"target not ASCII", request("", "GET /\xc3\xa4 HTTP/1.1"), 400},
        Row{"method in small letters", request("", "get / HTTP/1.1"), 400},
        Row{"method of 33 letters", request("", std::string(33, 'A') + " / HTTP/1.1"), 400},
        Row{"Expect", request("Expect: 200-ok\r\n"), 417},
        Row{"Connection names Host", request("Connection: host\r\n"), 400},
        Row{"Connection names Content-Length", request("Connection: close, Content-Length\r\nContent-Length: 5\r\n"),
            400},
        Row{"Connection is no list", request("Connection: a b\r\n"), 400}, Row{"TLS", "\x16\x03\x01\x02\n"s, 400});
    INFO(row.what);
    CHECK(status_of(row.head) == row.status);
}

TEST_CASE("a request's parts") {
    const std::string text =
        "POST /acme/app.git/info/refs?service=git-upload-pack HTTP/1.1\r\nhost: A.Test:8443\r\nX-Empty:\r\n"
        "Accept:  \t */*  \t\r\nContent-Length: 12\r\nConnection: X-Hop, close\r\nx-hop: 1\r\nEXPECT: 100-Continue\r\n"
        "X-Bytes: \xc3\xa4\r\n\r\nabc";
    RequestReader reader;
    REQUIRE(reader.read(text) == ReadState::done);
    const RequestHead& head = reader.head();
    CHECK(reader.consumed() == text.size() - 3);
    CHECK(head.method == "POST");
    CHECK(head.target == "/acme/app.git/info/refs?service=git-upload-pack");
    CHECK(head.host == "A.Test");
    CHECK(head.port == 8443);
    CHECK(head.authority == "A.Test:8443");
    CHECK(head.body == BodyFraming{BodyKind::length, 12});
    CHECK_FALSE(head.keep_alive);
    CHECK(head.expect_continue);
    REQUIRE(head.fields().size() == 8);
    CHECK(head.fields()[1].value.empty());
    CHECK(head.find("accept")->value == "*/*");
    CHECK(head.find("x-hop")->named_by_connection);
    CHECK(head.find(FieldId::content_length)->value == "12");
    CHECK(head.count(FieldId::host) == 1);
    CHECK(head.find("nothing") == nullptr);
}

TEST_CASE("what is sloppy and certain is read") {
    RequestReader reader;
    REQUIRE(reader.read(request("Content-Length: 5\r\nContent-Length: 5\r\n")) == ReadState::done);
    CHECK(reader.head().body == BodyFraming{BodyKind::length, 5});
    reader.reset();
    REQUIRE(reader.read(request("Content-Length: 5, 5\r\n")) == ReadState::done);
    CHECK(reader.head().body == BodyFraming{BodyKind::length, 5});
    reader.reset();
    REQUIRE(reader.read(request("Transfer-Encoding: Chunked\r\n")) == ReadState::done);
    CHECK(reader.head().body.kind == BodyKind::chunked);
    CHECK(reader.head().underscored.empty());
    reader.reset();
    REQUIRE(reader.read("GET / HTTP/1.0\r\nA: b\r\n\r\n") == ReadState::done);
    CHECK(reader.head().host.empty());
    reader.reset();
    const std::string named = request("api_key: x\r\nB: \xc3\xa4\r\n");
    REQUIRE(reader.read(named) == ReadState::done);
    CHECK(reader.head().underscored == "api_key");
}

TEST_CASE("a reader is used again and takes any split") {
    const std::string first = request("Transfer-Encoding: chunked\r\nUpgrade: websocket\r\n");
    const std::string second = "GET /x? HTTP/1.0\r\nHost: [2001:db8::1]:443\r\nConnection: keep-alive\r\n\r\n";
    RequestReader reader;
    for (std::size_t size = 0; size < first.size(); ++size) {
        const std::string moved(first, 0, size);
        REQUIRE(reader.read(moved) == ReadState::need_more);
    }
    REQUIRE(reader.read(first) == ReadState::done);
    CHECK(reader.head().body.kind == BodyKind::chunked);
    CHECK(reader.head().keep_alive);
    CHECK(reader.head().upgrade == "websocket");
    reader.reset();
    REQUIRE(reader.read(second) == ReadState::done);
    CHECK(reader.head().body.kind == BodyKind::none);
    CHECK_FALSE(reader.head().keep_alive);
    CHECK(reader.head().upgrade.empty());
    CHECK(reader.head().host == "[2001:db8::1]");
    CHECK(reader.head().port == 443);
    CHECK(reader.head().target == "/x?");
    CHECK(reader.head().fields().size() == 2);
    CHECK(reader.read("") == ReadState::done);
}

TEST_CASE("limits of a request head") {
    const std::string start = "GET /";
    const std::string rest = " HTTP/1.1";
    const std::string fits = start + std::string(kMaxStartLine - start.size() - rest.size(), 'a') + rest;
    CHECK(status_of(request("", fits)) == 0);
    CHECK(status_of(request("", "GET /a" + fits.substr(5))) == 414);
    CHECK(status_of(std::string(kMaxStartLine + 2, 'a')) == 414);
    CHECK(status_of(std::string(kMaxStartLine + 1, 'a')) == 0);

    std::string fields;
    for (std::size_t i = 1; i < kMaxFields; ++i)
        fields += "a: b\r\n";
    CHECK(status_of(request(fields)) == 0);
    CHECK(status_of(request(fields + "a: b\r\n")) == 431);

    const std::string line = "GET / HTTP/1.1\r\n";
    const std::string host = "Host: a.test\r\n";
    const std::string name = "A: ";
    const std::size_t most = kMaxHeaderSection - host.size() - name.size() - 4;
    CHECK(status_of(line + host + name + std::string(most, 'x') + "\r\n\r\n") == 0);
    CHECK(status_of(line + host + name + std::string(most + 1, 'x') + "\r\n\r\n") == 431);
    CHECK(status_of(line + host + name + std::string(kMaxHeaderSection, 'x')) == 431);
}

TEST_CASE("a request line that cannot be mended is answered before the head is whole") {
    RequestReader reader;
    CHECK(reader.read("SSH-2.0-OpenSSH_9.2\r\n") == ReadState::refused);
    CHECK(reader.refusal().status == 400);
    CHECK(reader.read("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == ReadState::refused);
    reader.reset();
    CHECK(reader.read("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == ReadState::done);
}
