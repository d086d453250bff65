#include "init/services/distribute.hpp"

#include <catch2/catch_test_macros.hpp>

#include "init/credentials/import.hpp"
#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

void put(Credentials& credentials, std::string name, std::string_view value) {
    credentials.add({.name = std::move(name), .value = Bytes(value.begin(), value.end())});
}

}  // namespace

TEST_CASE("each service gets its credentials and no other's") {
    FakeSystem system;
    Credentials credentials;
    put(credentials, "anchorhold.secret.git-demo", "hunter2");
    put(credentials, "anchorhold.console.origins", "http://a");
    put(credentials, "network.network.uplink", "[Network]");
    REQUIRE(distribute(system, credentials, distribution_table(), "gate", 801, 801));
    REQUIRE(distribute(system, credentials, distribution_table(), "console", 803, 803));
    REQUIRE(distribute(system, credentials, distribution_table(), "egress", 802, 802));
    CHECK(system.files.at("/run/credentials/gate/anchorhold.secret.git-demo") == "hunter2");
    CHECK(system.called("file /run/credentials/gate/anchorhold.secret.git-demo 801 256"));
    CHECK(system.files.contains("/run/credentials/gate/anchorhold.console.origins"));
    CHECK(system.files.contains("/run/credentials/console/anchorhold.console.origins"));
    CHECK_FALSE(system.files.contains("/run/credentials/console/anchorhold.secret.git-demo"));
    CHECK(system.called("directory /run/credentials/egress 802"));
    REQUIRE(distribute(system, credentials, distribution_table(), "agent-api", 805, 805));
    CHECK(system.called("directory /run/credentials/agent-api 805"));
    CHECK(system.files.size() == 3);
}

TEST_CASE("a secret's prefix is not the secret of somebody with a longer name") {
    FakeSystem system;
    Credentials credentials;
    put(credentials, "anchorhold.secrets", "x");
    put(credentials, "anchorhold.profile.sig.old", "x");
    REQUIRE(distribute(system, credentials, distribution_table(), "gate", 801, 801));
    CHECK(system.files.empty());
    Heard heard;
    report_unclaimed(credentials, distribution_table(), heard.report);
    CHECK(heard.console.contains("anchorhold.secrets is for nobody"));
    CHECK(heard.console.contains("anchorhold.profile.sig.old is for nobody"));
}

TEST_CASE("init forgets what is not its own") {
    Credentials credentials;
    put(credentials, "anchorhold.secret.a", "x");
    put(credentials, "ssh.authorized_keys.agent", "key");
    put(credentials, "foreign", "x");
    forget_distributed(credentials, distribution_table());
    CHECK(credentials.all().size() == 1);
    CHECK(credentials.text("ssh.authorized_keys.agent") == "key");
}

TEST_CASE("SMBIOS comes before fw_cfg, and a second value of a name is said and dropped") {
    FakeSystem system;
    Heard heard;
    system.directories["/sys/firmware/dmi/entries"] = {"1-0", "11-0"};
    system.files["/sys/firmware/dmi/entries/11-0/raw"] =
        std::string("\x0b\x05\0\1\1", 5) + "io.systemd.credential:system.hostname=smbios" + std::string(2, '\0');
    const std::string by_name = "/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials";
    system.directories[by_name] = {"anchorhold.enrol", "bad name", "gone", "system.hostname"};
    system.files[by_name + "/anchorhold.enrol/raw"] = "code";
    system.files[by_name + "/system.hostname/raw"] = "fwcfg";
    const auto credentials = import_credentials(system, heard.report);
    CHECK(credentials.text("system.hostname") == "smbios");
    CHECK(credentials.text("anchorhold.enrol") == "code");
    CHECK(credentials.all().size() == 2);
    CHECK(heard.console.contains("system.hostname came again from fw_cfg"));
    CHECK(heard.host.contains("bad name"));
    CHECK(heard.host.contains("/gone/raw"));
}

TEST_CASE("a machine without carriers has no credentials and nothing to complain of") {
    FakeSystem system;
    Heard heard;
    CHECK(import_credentials(system, heard.report).all().empty());
    CHECK(heard.console.empty());
}
