#include "shield/passkey/store.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "base/file.hpp"
#include "shield/passkey/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::passkey;

TEST_CASE("passkeys come back from the disk as they went") {
    const std::string directory = std::filesystem::temp_directory_path() / ("passkeys-" + std::to_string(getpid()));
    REQUIRE(std::filesystem::create_directory(directory));
    const std::string path = directory + "/passkeys.json";

    auto store = load_store(path);
    REQUIRE(store);
    CHECK(store->passkeys.empty());
    CHECK(store->user.size() == 32);
    CHECK(store->user != load_store(path)->user);

    const SoftAuthenticator first;
    SoftAuthenticator second(Algorithm::eddsa);
    second.id = Bytes(16, 2);
    second.flags = kUp | kUv | kBe;
    store->passkeys = {first.passkey(), second.passkey()};
    REQUIRE(save_store(path, *store));

    const auto again = load_store(path);
    REQUIRE(again);
    CHECK(again->user == store->user);
    REQUIRE(again->passkeys.size() == 2);
    CHECK(again->passkeys[0].id == first.id);
    CHECK(again->passkeys[0].key.spki == first.passkey().key.spki);
    CHECK(again->passkeys[1].key.algorithm == Algorithm::eddsa);
    CHECK(again->passkeys[1].backup_eligible);
    CHECK(again->passkeys[1].created == second.passkey().created);
    CHECK(*to_text(*again) == *to_text(*store));
    std::filesystem::remove_all(directory);
}

TEST_CASE("a file of passkeys that is damaged is an error, not an empty store") {
    Store store{.user = Bytes(32, 1), .passkeys = {SoftAuthenticator().passkey()}};
    const std::string good = *to_text(store);
    REQUIRE(parse_store(good));
    CHECK_FALSE(parse_store(""));
    CHECK_FALSE(parse_store("{}"));
    CHECK_FALSE(parse_store(good.substr(0, good.size() - 1)));
    for (const char* const member : {"cose", "id", "user", "v", "sign_count", "backup_eligible"}) {
        std::string bad = good;
        bad.insert(bad.find('"' + std::string(member) + '"') + 1, "x");
        INFO(bad);
        CHECK_FALSE(parse_store(bad));
    }
}
