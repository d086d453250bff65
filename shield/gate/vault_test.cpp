#include "shield/gate/vault.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

using namespace anchorhold::gate;

TEST_CASE("secrets come from their files, byte for byte but for one newline") {
    const std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("vault-" + std::to_string(getpid()));
    CHECK(Vault::load(directory)->size() == 0);
    std::filesystem::create_directory(directory);
    const auto write = [&](const char* name, std::string_view text) {
        std::ofstream(directory / name, std::ios::binary) << text;
    };
    write("anchorhold.secret.plain", "token");
    write("anchorhold.secret.newline", "token\n");
    write("anchorhold.secret.newlines", "to\nken\n\n");
    write("anchorhold.secret.empty", "");
    write("anchorhold.secret.binary", std::string_view("\0\xff\n", 3));
    write("anchorhold.profile", "not a secret");
    auto vault = Vault::load(directory);
    REQUIRE(vault);
    const auto found = [&](const char* name) {
        const auto secret = vault->find(name);
        return secret ? std::string(secret->data(), secret->size()) : std::string("(none)");
    };
    CHECK(vault->size() == 5);
    CHECK(found("plain") == "token");
    CHECK(found("newline") == "token");
    CHECK(found("newlines") == "to\nken\n");
    CHECK(found("empty").empty());
    CHECK(found("binary") == std::string("\0\xff", 2));
    CHECK(found("profile") == "(none)");
    Vault moved = std::move(*vault);
    CHECK(moved.find("plain"));
    vault = std::move(moved);
    CHECK(found("plain") == "token");

    write("anchorhold.secret.huge", std::string(65 * 1024, 'x'));
    CHECK_FALSE(Vault::load(directory));
    std::filesystem::remove_all(directory);
}
