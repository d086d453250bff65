#include "init/links/links.hpp"

namespace anchorhold::init {
namespace {

constexpr char kNet[] = "/sys/class/net";

// The kernel must not take addresses or routes from whoever else is on the uplink's wire.
void refuse_advertisements(System& system, const std::string& nic, Report& report) {
    const std::string directory = "/proc/sys/net/ipv6/conf/" + nic;
    for (const char* key : {"accept_ra", "autoconf", "accept_redirects"}) {
        if (auto set = system.write(directory + "/" + key, "0"); !set)
            report.degraded(set.error().text());
    }
}

}  // namespace

std::string choose_uplink(System& system, Report& report) {
    std::vector<std::string> nics;
    for (const std::string& name : system.names_in(kNet)) {
        if (system.exists(std::string(kNet) + "/" + name + "/device"))
            nics.push_back(name);
    }
    if (nics.size() > 1) {
        std::string names;
        for (const std::string& nic : nics)
            names += (names.empty() ? "" : ", ") + nic;
        report.degraded("more than one network card (" + names +
                        "): only one uplink is fenced, so none is brought up; leave one attached");
        return {};
    }
    if (nics.empty()) {
        report.say("no network card: the machine runs without uplink");
        return {};
    }
    return nics.front();
}

Uplink read_uplink(const Credentials& credentials, Report& report) {
    const Bytes* text = credentials.find("network.network.uplink");
    if (text == nullptr) {
        report.say("no credential network.network.uplink: the uplink stays down");
        return {};
    }
    auto uplink = parse_uplink(as_text(*text));
    if (uplink)
        return std::move(*uplink);
    report.degraded(uplink.error().text());
    return {};
}

Result<> raise_links(System& system, const std::string& nic, const Uplink& uplink, Report& report) {
    if (auto up = system.raise_link("lo"); !up)
        return up;
    if (nic.empty() || uplink.addresses.empty())
        return {};
    refuse_advertisements(system, nic, report);
    if (auto up = system.raise_link(nic); !up) {
        report.degraded(up.error().text());
        return {};
    }
    for (const Prefix& prefix : uplink.addresses) {
        if (auto added = system.add_address(nic, prefix.text()); !added)
            report.degraded(added.error().text());
    }
    for (const std::string& gateway : uplink.gateways) {
        if (auto added = system.add_default_route(nic, gateway); !added)
            report.degraded(added.error().text());
    }
    return {};
}

}  // namespace anchorhold::init
