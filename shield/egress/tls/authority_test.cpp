#include "shield/egress/tls/authority.hpp"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "shield/egress/tls/certificate.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
namespace fs = std::filesystem;

namespace {

struct Directory {
    Directory() {
        std::string path = fs::temp_directory_path() / "authority-XXXXXX";
        REQUIRE(mkdtemp(path.data()) != nullptr);
        name = path;
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { fs::remove_all(name); }
    std::string name;
};

std::string text_of(const std::string& path) {
    const std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace

TEST_CASE("the authority is made once, its key for nobody else, its subject always the same") {
    const Directory directory;
    REQUIRE(Authority::open(directory.name));
    const std::string first = text_of(directory.name + "/ca.pem");
    struct stat state{};
    REQUIRE(stat((directory.name + "/ca.key").c_str(), &state) == 0);
    CHECK((state.st_mode & 0777) == 0600);
    REQUIRE(Authority::open(directory.name));
    CHECK(text_of(directory.name + "/ca.pem") == first);
}

TEST_CASE("half an authority and a stranger's key are errors") {
    const Directory directory;
    REQUIRE(Authority::open(directory.name));
    const Directory other;
    REQUIRE(Authority::open(other.name));
    fs::copy_file(other.name + "/ca.key", directory.name + "/ca.key", fs::copy_options::overwrite_existing);
    CHECK(Authority::open(directory.name).error().text().contains("do not belong together"));
    fs::remove(directory.name + "/ca.key");
    CHECK_FALSE(Authority::open(directory.name));
}

TEST_CASE("a leaf is for its name, signed by the authority, for a day; the same one comes again") {
    const Directory directory;
    auto authority = Authority::open(directory.name);
    REQUIRE(authority);
    const auto leaf = authority->leaf("a.test");
    REQUIRE(leaf);
    CHECK(X509_check_host(*leaf, "a.test", 0, 0, nullptr) == 1);
    CHECK(X509_check_host(*leaf, "b.test", 0, 0, nullptr) == 0);
    CHECK(X509_check_private_key(*leaf, authority->leaf_key()) == 1);
    std::time_t soon = std::time(nullptr) + 23 * 3600;
    std::time_t later = std::time(nullptr) + 25 * 3600;
    CHECK(X509_cmp_time(X509_get0_notAfter(*leaf), &soon) > 0);
    CHECK(X509_cmp_time(X509_get0_notAfter(*leaf), &later) < 0);
    CHECK(*authority->leaf("a.test") == *leaf);
    for (int i = 0; i < 600; ++i)
        REQUIRE(authority->leaf("n" + std::to_string(i) + ".test"));
    REQUIRE(authority->leaf("a.test"));
}

TEST_CASE("the trust files hold the authority, and the roots besides") {
    const Directory directory;
    auto authority = Authority::open(directory.name);
    REQUIRE(authority);
    std::ofstream(directory.name + "/roots") << "ROOTS";
    REQUIRE(authority->publish(directory.name + "/trust", directory.name + "/roots"));
    const std::string own = text_of(directory.name + "/trust/anchorhold-ca.pem");
    CHECK(own == text_of(directory.name + "/ca.pem"));
    CHECK(text_of(directory.name + "/trust/ca-certificates.crt") == "ROOTS\n" + own);
    CHECK_FALSE(authority->publish(directory.name + "/trust", directory.name + "/none"));
}
