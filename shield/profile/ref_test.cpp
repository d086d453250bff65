#include "shield/profile/ref.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold::profile;
using namespace std::string_literals;

TEST_CASE("ref names that git forbids, or that people and tools could misread, have a fault") {
    for (const std::string& ref : {"--mirror"s,
                                   "refs/heads/--mirror"s,
                                   "HEAD"s,
                                   "main"s,
                                   ""s,
                                   "refs/x"s,
                                   "refs/heads/"s,
                                   "refs//heads/a"s,
                                   "refs/heads/a..b"s,
                                   "refs/heads/.a"s,
                                   "refs/heads/a.lock"s,
                                   "refs/heads/a.lock/b"s,
                                   "refs/heads/a."s,
                                   "refs/heads/a b"s,
                                   "refs/heads/a~1"s,
                                   "refs/heads/a^"s,
                                   "refs/heads/a:b"s,
                                   "refs/heads/a?"s,
                                   "refs/heads/*"s,
                                   "refs/heads/[a"s,
                                   "refs/heads/a@{0}"s,
                                   "refs/heads/a\\b"s,
                                   "refs/heads/a\tb"s,
                                   "refs/heads/a\0b"s,
                                   "refs/heads/a\x7f"s,
                                   "refs/heads/a\x1b[2J"s,
                                   "refs/heads/\xe2\x80\xaeniam"s,
                                   "refs/heads/\xff"s,
                                   "refs/heads/" + std::string(kMaxRef, 'a')}) {
        INFO(ref);
        CHECK(ref_fault(ref));
    }
    CHECK(ref_fault("--mirror") == "begins with `-`, which tools read as an option");
}

TEST_CASE("refs that are refs have none") {
    for (const char* ref : {"refs/heads/main", "refs/heads/a/b-c_d.e", "refs/tags/v1.0", "refs/heads/gr\u00fcn",
                            "refs/heads/@", "refs/for/main%topic=x"}) {
        INFO(ref);
        CHECK_FALSE(ref_fault(ref));
    }
}

TEST_CASE("the kind of an update is on the wire") {
    const std::string zero(40, '0');
    const std::string one(40, '1');
    CHECK(update_kind(zero, one) == UpdateKind::create);
    CHECK(update_kind(one, zero) == UpdateKind::remove);
    CHECK(update_kind(one, std::string(40, '2')) == UpdateKind::update);
    CHECK_FALSE(update_kind(zero, zero));
    CHECK_FALSE(update_kind(one, std::string(64, '1')));
    CHECK_FALSE(update_kind(one, std::string(40, 'G')));
    CHECK_FALSE(update_kind("", ""));
}
