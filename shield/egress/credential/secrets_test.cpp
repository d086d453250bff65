#include <catch2/catch_test_macros.hpp>

#include "base/encoding.hpp"
#include "shield/egress/peers/lease.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

Secret secret(std::string_view text) {
    return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("a lease becomes the field's value") {
    REQUIRE(prepare_secret_memory());
    const auto lease = read_lease({{"kind", "basic"}, {"user", "bot"}, {"seconds", 60}}, secret("hunter2"), "git");
    REQUIRE(lease);
    CHECK(view((*lease)->authorization) == "Basic " + to_base64(as_bytes("bot:hunter2")));
    const auto bearer = read_lease({{"kind", "bearer"}, {"seconds", 60}}, secret("tok.en"), "api");
    REQUIRE(bearer);
    CHECK(view((*bearer)->authorization) == "Bearer tok.en");
}

TEST_CASE("base64 of what is locked is written in locked memory") {
    REQUIRE(prepare_secret_memory());
    for (const std::string_view text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd\xfc"})
        CHECK(view(base64_of(secret(text))) == to_base64(as_bytes(text)));
}

TEST_CASE("a secret that could break out of its field is refused, and so is half a lease") {
    REQUIRE(prepare_secret_memory());
    CHECK_FALSE(read_lease({{"kind", "bearer"}, {"seconds", 60}}, secret("a\r\nHost: b"), "api"));
    CHECK_FALSE(read_lease({{"kind", "basic"}, {"seconds", 60}}, secret("hi"), "git"));
    CHECK_FALSE(read_lease({{"kind", "bearer"}, {"seconds", 60}}, {}, "api"));
    CHECK_FALSE(read_lease({{"kind", "ntlm"}, {"seconds", 60}}, secret("hi"), "api"));
}
