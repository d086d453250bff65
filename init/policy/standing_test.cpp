#include "init/policy/standing.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

std::string status(const std::string& bounding, char no_new_privs, char seccomp) {
    return "Name:\tgate\nUid:\t801\t801\t801\t801\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
           "CapEff:\t0000000000000000\nCapBnd:\t" +
           bounding + "\nCapAmb:\t0000000000000000\nNoNewPrivs:\t" + no_new_privs + "\nSeccomp:\t" + seccomp +
           "\nSeccomp_filters:\t1\n";
}

const std::string kNone(16, '0');

LaunchSpec gate() {
    LaunchSpec spec;
    spec.apparmor = "anchorhold-gate";
    spec.filters.resize(1);
    return spec;
}

Result<> judge(const std::string& label, const std::string& text, const Asked& asked) {
    FakeSystem system;
    system.files["/proc/7/attr/apparmor/current"] = label;
    system.files["/proc/7/status"] = text;
    return read_back(system, 7, asked);
}

}  // namespace

TEST_CASE("a process that is what was asked for passes") {
    CHECK(judge("anchorhold-gate (enforce)\n", status(kNone, '1', '2'), asked_of(gate())));
    LaunchSpec spec;
    spec.apparmor = "anchorhold-agent";
    spec.capabilities = {5, 6};
    spec.filters.resize(2);
    CHECK(judge("anchorhold-agent (enforce)\n", status("0000000000000060", '1', '2'), asked_of(spec)));
}

TEST_CASE("a label that is not exactly the profile is told, stacked ones included") {
    for (const char* label : {"anchorhold-gate//&unconfined (enforce)\n", "anchorhold-gate (complain)\n",
                              "unconfined\n", "anchorhold-gate//x (enforce)\n", ""}) {
        const auto judged = judge(label, status(kNone, '1', '2'), asked_of(gate()));
        INFO(label);
        REQUIRE_FALSE(judged);
        CHECK(judged.error().object == "AppArmor label of process 7");
        CHECK(judged.error().detail.contains("though 'anchorhold-gate (enforce)' was asked for"));
    }
}

TEST_CASE("more capabilities, no promise, no filter: each is told") {
    const auto object = [](const std::string& text) {
        const auto judged = judge("anchorhold-gate (enforce)\n", text, asked_of(gate()));
        REQUIRE_FALSE(judged);
        return judged.error().object;
    };
    CHECK(object(status("0000000200000000", '1', '2')) == "capabilities of process 7");
    CHECK(object(status(kNone, '0', '2')) == "no_new_privs of process 7");
    CHECK(object(status(kNone, '1', '0')) == "seccomp of process 7");
}

TEST_CASE("what was not asked for is not missed, and a process that has gone says so") {
    LaunchSpec spec;
    spec.drop_capabilities = false;
    spec.no_new_privs = false;
    CHECK(judge("unconfined\n", status("000001ffffffffff", '0', '0'), asked_of(spec)));
    FakeSystem system;
    CHECK(read_back(system, 7, asked_of(gate())).error().number == ENOENT);
}

TEST_CASE("a status with a line missing or not a number is an error, and a name cannot stand for a line") {
    CHECK_FALSE(parse_status(""));
    CHECK_FALSE(parse_status(status("xyz", '1', '2')));
    CHECK_FALSE(parse_status(status(kNone, '1', 'x')));
    const auto parsed = parse_status("Name:\tNoNewPrivs:\t1\n" + status(kNone, '0', '2'));
    REQUIRE(parsed);
    CHECK_FALSE(parsed->no_new_privs);
}
