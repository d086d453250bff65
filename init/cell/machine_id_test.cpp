#include "init/cell/machine_id.hpp"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

std::string made_at(const std::string& path) {
    const auto made = ensure_machine_id(path);
    INFO((made ? "" : made.error().text()));
    REQUIRE(made);
    const auto text = read_file(path, 64);
    REQUIRE(text);
    CHECK(is_machine_id(*text));
    return *text;
}

}  // namespace

TEST_CASE("a machine id is 32 lower-case digits and a newline, and not zero") {
    CHECK(is_machine_id("0123456789abcdef0123456789abcdef\n"));
    for (const char* other :
         {"", "\n", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef\n",
          "00000000000000000000000000000000\n", "0123456789abcdef0123456789abcde\n",
          "0123456789abcdef0123456789abcdefa\n", "0123456789abcdef0123456789abcde \n", "uninitialized\n"}) {
        INFO(other);
        CHECK_FALSE(is_machine_id(other));
    }
}

TEST_CASE("a machine id is made once, kept, and made anew where it was spoilt") {
    std::string directory = "/tmp/anchorhold-id-XXXXXX";
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    const std::string path = directory + "/machine-id";
    const std::string first = made_at(path);
    CHECK(first[12] == '4');
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0444);
    CHECK(made_at(path) == first);
    CHECK(made_at(directory + "/other") != first);
    std::filesystem::remove(path);
    std::ofstream(path) << "cut off";
    CHECK(made_at(path) != first);
    std::filesystem::remove_all(directory);
    CHECK_FALSE(ensure_machine_id("/is/not/there/machine-id"));
}
