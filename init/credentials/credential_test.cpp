#include "init/credentials/credential.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

Bytes structure(const std::vector<std::string>& strings) {
    Bytes out{11, 5, 0, 1, static_cast<std::uint8_t>(strings.size())};
    for (const std::string& text : strings) {
        out.insert(out.end(), text.begin(), text.end());
        out.push_back(0);
    }
    out.push_back(0);
    return out;
}

std::string text_of(const Credential& credential) {
    return std::string(as_text(credential.value));
}

}  // namespace

TEST_CASE("text and base64 credentials are read from SMBIOS strings, others' strings are passed over") {
    const auto found = parse_smbios_strings(
        structure({"io.systemd.credential:system.hostname=anchor=1", "vendor: something",
                   "io.systemd.credential.binary:anchorhold.enrol=YWJj",
                   "io.systemd.stub.kernel-cmdline-extra=init=/bin/sh", "io.systemd.credential:empty="}),
        "test");
    CHECK(found.malformed.empty());
    REQUIRE(found.credentials.size() == 3);
    CHECK(found.credentials[0].name == "system.hostname");
    CHECK(text_of(found.credentials[0]) == "anchor=1");
    CHECK(found.credentials[1].name == "anchorhold.enrol");
    CHECK(text_of(found.credentials[1]) == "abc");
    CHECK(found.credentials[2].value.empty());
}

TEST_CASE("a malformed credential names itself and takes no other with it") {
    const auto found =
        parse_smbios_strings(structure({"io.systemd.credential:no-equals", "io.systemd.credential:../../etc/passwd=x",
                                        "io.systemd.credential.binary:x=not base64", "io.systemd.credential:=x",
                                        "io.systemd.credential:good=1"}),
                             "/sys/firmware/dmi/entries/11-0/raw");
    REQUIRE(found.malformed.size() == 4);
    CHECK(found.malformed[0].object == "/sys/firmware/dmi/entries/11-0/raw: no-equals");
    CHECK(found.malformed[2].detail.contains("base64"));
    REQUIRE(found.credentials.size() == 1);
    CHECK(found.credentials[0].name == "good");
}

TEST_CASE("a structure that is cut off anywhere is an error or less, never more") {
    const auto whole = structure({"io.systemd.credential:a=1", "io.systemd.credential:b=2"});
    for (std::size_t size = 0; size < whole.size() - 1; ++size) {
        const auto found = parse_smbios_strings(ByteView(whole).first(size), "test");
        CHECK(found.credentials.size() + found.malformed.size() <= 2);
        CHECK(found.credentials.size() < 2);
    }
    Bytes wrong_length = whole;
    wrong_length[1] = 255;
    CHECK(parse_smbios_strings(wrong_length, "test").malformed.size() == 1);
    Bytes wrong_type = whole;
    wrong_type[0] = 1;
    CHECK(parse_smbios_strings(wrong_type, "test").credentials.empty());
}

TEST_CASE("a credential over 1 MiB is refused") {
    const auto found = parse_smbios_strings(
        structure({"io.systemd.credential:big=" + std::string(kMaxCredentialBytes + 1, 'x')}), "test");
    CHECK(found.credentials.empty());
    REQUIRE(found.malformed.size() == 1);
    CHECK(found.malformed[0].number == EFBIG);
}

TEST_CASE("credential names are safe file names") {
    for (const std::string_view good : {"a", "anchorhold.secret.git-demo", "network.network.uplink", "A_1"})
        CHECK(valid_credential_name(good));
    for (const std::string_view bad : {"", ".", "..", ".hidden", "a/b", "a b", "a\n", "\xc3\xa4"})
        CHECK_FALSE(valid_credential_name(bad));
    CHECK_FALSE(valid_credential_name(std::string(256, 'a')));
}

TEST_CASE("the first of a name wins") {
    Credentials credentials;
    CHECK(credentials.add({.name = "a", .value = {1}}));
    CHECK_FALSE(credentials.add({.name = "a", .value = {2}}));
    REQUIRE(credentials.find("a") != nullptr);
    CHECK(*credentials.find("a") == Bytes{1});
    credentials.forget("a");
    CHECK(credentials.find("a") == nullptr);
    CHECK(credentials.text("a").empty());
}
