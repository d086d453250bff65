#include "init/cell/network.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "init/cell/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

Spec inside(int network, const std::string& script) {
    Spec spec = testing::small_cell({"/usr/bin/sh", "-c", script});
    spec.namespaces &= ~std::uint64_t{CLONE_NEWNET};
    spec.network = network;
    spec.drop_capabilities = false;
    return spec;
}

std::string output_of(const Spec& spec) {
    auto outcome = testing::run(spec);
    INFO((outcome ? "" : outcome.error().text()));
    REQUIRE(outcome);
    return outcome->output;
}

}  // namespace

// One case: make_network() acts on the namespace of the test program, which therefore leaves the machine's own first.
TEST_CASE_METHOD(testing::MachineRoot, "the veth, its addresses and routes") {
    if (unshare(CLONE_NEWNET) != 0)
        SKIP("no network namespaces here");
    auto network = make_network();
    INFO((network ? "" : network.error().text()));
    REQUIRE(network);

    const Spec outside = inside(-1, "ip -br addr show cell0");
    CHECK(output_of(outside).find("198.18.0.1/30 fd61:6e63:686f::1/126") != std::string::npos);

    const std::string in = output_of(inside(network->get(), "ip -br addr; ip route; ip -6 route"));
    INFO(in);
    CHECK(in.find("198.18.0.2/30 fd61:6e63:686f::2/126") != std::string::npos);
    CHECK(in.find("default via 198.18.0.1 dev eth0") != std::string::npos);
    CHECK(in.find("default via fd61:6e63:686f::1 dev eth0") != std::string::npos);
    CHECK(in.find("fe80") == std::string::npos);
    CHECK(in.find("lo               UNKNOWN        127.0.0.1/8") != std::string::npos);

    CHECK(output_of(inside(network->get(),
                           "ping -nqc1 -W5 198.18.0.1 >/dev/null && ping -nqc1 -W5 fd61:6e63:686f::1 "
                           ">/dev/null && echo both; cat /proc/sys/net/ipv6/conf/eth0/accept_ra")) == "both\n0\n");

    // A second call replaces the first pair.
    auto again = make_network();
    INFO((again ? "" : again.error().text()));
    REQUIRE(again);
    CHECK(output_of(inside(network->get(), "ip -br link")).find("eth0") == std::string::npos);
    CHECK(output_of(inside(again->get(), "ip -br link")).find("eth0") != std::string::npos);
}
