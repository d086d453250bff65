#include "shield/http/negotiation.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold::egress;

namespace {

// Of an answer with these fields.
struct Answer {
    std::string text;
    ResponseReader reader;
    explicit Answer(std::string_view fields) : text("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n") {
        REQUIRE(reader.read(text) == ReadState::done);
    }
};
Coding coding(std::string_view fields) {
    return coding_of(Answer(fields).reader.head());
}
std::optional<std::string> charset(std::string_view type) {
    return foreign_charset(Answer("Content-Type: " + std::string(type) + "\r\n").reader.head());
}

}  // namespace

TEST_CASE("fields that choose an answer's form are a class") {
    for (const std::string_view name :
         {"Accept-Encoding", "accept-charset", "Accept-Datetime", "A-IM", "IM", "TE", "Range", "If-Range",
          "Request-Range", "X-Ms-Range", "Want-Digest", "Want-Repr-Digest", "X-Accept-Charset", "X-Encoding"})
        CHECK(negotiates(name));
    for (const std::string_view name :
         {"Accept", "Accept-Language", "accept-version", "Content-Encoding", "Content-Range", "X-Upload-Content-Range",
          "User-Agent", "X-Api-Version", "Prefer", "Team"})
        CHECK_FALSE(negotiates(name));
}

TEST_CASE("every field that says how the content is packed counts") {
    CHECK(coding("") == Coding::identity);
    CHECK(coding("Content-Encoding: identity\r\n") == Coding::identity);
    CHECK(coding("Content-Encoding: gzip\r\n") == Coding::deflated);
    CHECK(coding("Content-Encoding: identity, X-GZIP\r\n") == Coding::deflated);
    CHECK(coding("Content-Encoding: identity\r\nContent-Encoding: deflate\r\n") == Coding::deflated);
    CHECK(coding("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n") == Coding::other);
    CHECK(coding("Content-Encoding: gzip, br\r\n") == Coding::other);
    CHECK(coding("Content-Encoding: zstd\r\n") == Coding::other);
}

TEST_CASE("a character set that is not like ASCII is seen") {
    for (const std::string_view type :
         {"text/plain", "text/plain; charset=UTF-8", "text/html;charset=\"iso-8859-1\"",
          "text/html; charset = windows-1252; x=y", "text/x; charset=utf-8; charset=ascii",
          "text/plain; charset=binary", "text/plain; charset=iso8859-15", "text/plain; charset=latin-1",
          "text/plain; charset=latin9", "text/plain; charset=GBK", "text/plain; charset=gb18030",
          "text/plain; charset=Big5", "text/plain; charset=EUC-JP", "text/plain; charset=koi8-r",
          "text/plain; charset=Shift_JIS", "text/plain; charset=windows-31j"})
        CHECK_FALSE(charset(type));
    CHECK(charset("text/plain; charset=UTF-16LE") == "utf-16le");
    CHECK(charset("text/plain; charset=utf-8; charset=utf-7") == "utf-7");
    CHECK(charset("text/plain; charset='ibm037'") == "ibm037");
    CHECK(charset("text/plain; charset=iso-2022-jp") == "iso-2022-jp");
    CHECK(charset("text/plain; charset=hz-gb-2312") == "hz-gb-2312");
    // One that is empty names none, and is read as if there were none: honest servers send it.
    CHECK_FALSE(charset("text/plain; charset="));
    CHECK_FALSE(charset("text/plain; charset=\"\""));
    CHECK(charset("text/plain; charset=; charset=utf-16") == "utf-16");
}
