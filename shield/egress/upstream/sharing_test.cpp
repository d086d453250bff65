#include "shield/egress/upstream/sharing.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::egress;

TEST_CASE("what has no body shares its connection") {
    for (const auto* method : {"GET", "HEAD", "DELETE", "OPTIONS", "POST", "MOVE"})
        CHECK(sharing_of(method, {}, false) == Sharing::shared);
}

TEST_CASE("nothing comes after a body, unless the profile vouches for the host") {
    for (const auto kind : {BodyKind::length, BodyKind::chunked})
        for (const auto* method : {"POST", "PUT", "PATCH"}) {
            CHECK(sharing_of(method, {kind, 1}, false) == Sharing::last);
            CHECK(sharing_of(method, {kind, 1}, true) == Sharing::shared);
        }
}

TEST_CASE("a body that no server expects has its connection alone, whatever the profile says") {
    for (const auto* method : {"GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "MOVE"})
        for (const bool vouched : {false, true})
            CHECK(sharing_of(method, {BodyKind::length, 1}, vouched) == Sharing::alone);
}
