#include "base/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using namespace anchorhold;

TEST_CASE("a file is replaced whole, with its mode, and read within its limit") {
    const std::string directory = std::filesystem::temp_directory_path() / ("file-test-" + std::to_string(getpid()));
    REQUIRE(std::filesystem::create_directory(directory));
    const std::string path = directory + "/small";

    CHECK(read_file(path, 10).error().number == ENOENT);
    REQUIRE(replace_file(path, "first", 0600));
    REQUIRE(replace_file(path, "second", 0400));
    CHECK(read_file(path, 6) == "second");
    CHECK(read_file(path, 5).error().number == EFBIG);
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0400);
    CHECK_FALSE(std::filesystem::exists(path + ".new"));

    const std::string big(200'000, 'x');
    REQUIRE(replace_file(path, big, 0600));
    CHECK(read_file(path, big.size()) == big);
    CHECK(replace_file(directory + "/none/small", "x", 0600).error().number == ENOENT);
    std::filesystem::remove_all(directory);
}
