// What we accept, llhttp accepts and reads the same; the checklist's rows that llhttp accepts and we must not.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

#include "shield/http/oracle/llhttp_oracle.hpp"

using namespace anchorhold::egress::oracle;

TEST_CASE("requests that both accept are read the same") {
    const std::string wire =
        GENERATE("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
                 "GET /a?b=c&d HTTP/1.1\r\nHost: a.test:443\r\nAccept:   */*  \r\nX-Empty:\r\n\r\nGET /",
                 "POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhelloGET",
                 "POST /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nX-T: y\r\n\r\nGET",
                 "OPTIONS /\"<>{|}^` HTTP/1.0\r\nHost: a.test\r\n\r\n",
                 "PUT / HTTP/1.1\r\nHost: a.test\r\nX: \xc3\xa4\ty\r\nContent-Length: 0\r\n\r\n",
                 "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
                 "POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close, x-hop\r\nX-Hop: 1\r\nExpect: "
                 "100-continue\r\nContent-Length: 1\r\n\r\nx");
    INFO(wire);
    CHECK(ask_us(Kind::request, wire).accepted);
    CHECK(difference(Kind::request, wire) == "");
}

TEST_CASE("what is sloppy and taken is sent on so that both read it the same") {
    for (const char* wire :
         {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\n\r\n",
          "GET / HTTP/1.0\r\n\r\n"}) {
        INFO(wire);
        CHECK(ask_us(Kind::request, wire).accepted);
        CHECK(difference(Kind::request, wire) == "");
    }
    for (const char* wire :
         {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 999 No\r\nContent-Length: 1\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"}) {
        INFO(wire);
        CHECK(ask_us(Kind::response, wire).accepted);
        CHECK(difference(Kind::response, wire) == "");
    }
}

TEST_CASE("responses that both accept are read the same") {
    const std::string wire =
        GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP",
                 "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nuntil the end", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1",
                 "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
                 "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200",
                 "HTTP/1.0 404 Not \xc3\xa4\r\nContent-Length: 0\r\n\r\n");
    INFO(wire);
    CHECK(ask_us(Kind::response, wire).accepted);
    CHECK(difference(Kind::response, wire) == "");
    CHECK(difference(Kind::response_to_head, wire) == "");
}

TEST_CASE("we refuse what llhttp lets pass") {
    const std::string wire = GENERATE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                                      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                                      "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                                      "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    INFO(wire);
    CHECK(ask_llhttp(Kind::request, wire).accepted);
    CHECK_FALSE(ask_us(Kind::request, wire).accepted);
}
