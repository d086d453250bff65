#include "shield/http/http1_write.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "base/ascii.hpp"
#include "shield/http/http1_fields.hpp"

using namespace anchorhold::egress;

TEST_CASE("a request is written anew") {
    RequestReader reader;
    REQUIRE(reader.read(
                "POST /a?b HTTP/1.1\r\nhost: a.test\r\nuser-agent: curl\r\nx-CUSTOM-id:   1\r\nConnection: "
                "X-Hop\r\nX-HOP: 1\r\n"
                "Keep-Alive: 5\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nExpect: "
                "100-continue\r\n"
                "Proxy-Authorization: Basic eDp5\r\nauthorization: Basic placeholder\r\nCookie: a=b\r\nETAG: \"x\"\r\n"
                "Transfer-Encoding: chunked\r\n\r\n") == ReadState::done);
    const std::array set{SetField{"Authorization", "Bearer secret"}};
    const std::array drop{FieldId::cookie};
    std::string out = "before";
    REQUIRE(write_request(out, reader.head(), "a.test", {.body = reader.head().body, .set = set, .drop = drop}));
    CHECK(out ==
          "beforePOST /a?b HTTP/1.1\r\nHost: a.test\r\nUser-Agent: curl\r\nX-Custom-Id: 1\r\nETag: \"x\"\r\n"
          "Authorization: Bearer secret\r\nTransfer-Encoding: chunked\r\n\r\n");
    RequestReader again;
    CHECK(again.read(std::string_view(out).substr(6)) == ReadState::done);
}

TEST_CASE("of a peer's fields only the kept ones go on where that is asked for") {
    RequestReader reader;
    REQUIRE(reader.read("POST / HTTP/1.1\r\nHost: a\r\nAccept: mine\r\nAuthorization: Basic eDp5\r\nCookie: a=b\r\n"
                        "Sudo: root\r\nGit-Protocol: version=2\r\n\r\n") == ReadState::done);
    const std::array set{SetField{"Accept", "ours"}};
    const std::array keep{FieldId::authorization};
    std::string out;
    REQUIRE(write_request(out, reader.head(), "a", {.set = set, .only_set = true, .keep = keep}));
    CHECK(out == "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\nAccept: ours\r\n\r\n");
}

TEST_CASE("framing and connection are the writer's own") {
    RequestReader reader;
    REQUIRE(reader.read("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == ReadState::done);
    auto written = [&](const Rewrite& rewrite) {
        std::string out;
        CHECK(write_request(out, reader.head(), "a", rewrite));
        return out.substr(out.find("Host: a\r\n") + 9);
    };
    CHECK(written({}) == "\r\n");
    CHECK(written({.close = true}) == "Connection: close\r\n\r\n");
    CHECK(written({.zero_length = true}) == "Content-Length: 0\r\n\r\n");
    CHECK(written({.body = {BodyKind::length, INT64_MAX}}) == "Content-Length: 9223372036854775807\r\n\r\n");
}

TEST_CASE("a field to set that is not a field is refused") {
    RequestReader reader;
    REQUIRE(reader.read("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == ReadState::done);
    for (const SetField field :
         {SetField{"A", "b\r\nC: d"}, SetField{"A b", "c"}, SetField{"", "c"}, SetField{"Host", "b"},
          SetField{"content-length", "5"}, SetField{"A", std::string_view("\0", 1)}}) {
        const std::array set{field};
        std::string out = "x";
        CHECK_FALSE(write_request(out, reader.head(), "a", {.set = set}));
        CHECK(out == "x");
    }
    std::string out;
    CHECK_FALSE(write_request(out, reader.head(), "a\r\nB: c", {}));
    CHECK_FALSE(write_request(out, reader.head(), "", {}));
}

TEST_CASE("a response is written anew") {
    ResponseReader reader;
    REQUIRE(reader.read("HTTP/1.1 200 Fine With Me\r\nserver: x\r\nSET-COOKIE: a\r\nset-cookie: b\r\nalt-svc: "
                        "h3=\":443\"\r\nKeep-Alive: x\r\n"
                        "Content-Length: 2\r\n\r\nok") == ReadState::done);
    std::string out;
    REQUIRE(write_response(out, reader.head(), {.body = reader.head().body, .close = true}));
    CHECK(out ==
          "HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\nConnection: "
          "close\r\n\r\n");
}

TEST_CASE("answers of our own and chunks") {
    std::string out;
    const std::array more{SetField{"Cache-Control", "no-store"}};
    REQUIRE(write_answer(out, 403, "text/plain", "no\n", true, more));
    CHECK(out ==
          "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: "
          "3\r\nConnection: close\r\n\r\nno\n");
    out.clear();
    write_chunk(out, "0123456789abcdef0");
    write_chunk(out, "");
    write_last_chunk(out);
    CHECK(out == "11\r\n0123456789abcdef0\r\n0\r\n\r\n");
    CHECK(reason_phrase(421) == "Misdirected Request");
    CHECK(reason_phrase(299) == "Unknown");
}

TEST_CASE("every field of the table is found by its name in any case") {
    for (std::size_t i = 1; i < static_cast<std::size_t>(FieldId::count_); ++i) {
        const FieldRow& row = field_row(static_cast<FieldId>(i));
        CHECK(field_id(row.name) == row.id);
        CHECK(field_id(anchorhold::lower(row.name)) == row.id);
        CHECK((row.fate == FieldFate::pass) == row.why.empty());
    }
    CHECK(field_id("x-nothing") == FieldId::other);
    CHECK(field_id("") == FieldId::other);
}
