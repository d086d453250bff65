#include "init/fence/fence_control.hpp"

#include <cerrno>
#ifdef ANCHORHOLD_CONTROLS
#include <fstream>
#endif

#include "init/services/cgroups.hpp"

namespace anchorhold::init {

Result<FenceControl> FenceControl::create(const std::string& nic, const Uplink& uplink, const Controls& controls) {
    fw::Site site;
    site.uplink = nic;
    for (const std::string& server : uplink.dns) {
        auto address = fw::parse_address(server);
        if (!address)
            return std::unexpected(address.error());
        site.resolvers.push_back(*address);
    }
    auto fence = fw::Fence::open();
    if (!fence)
        return std::unexpected(fence.error());
    FenceControl out(std::move(*fence), std::move(site), controls);
    if (auto closed = out.close(); !closed)
        return std::unexpected(closed.error());
    return out;
}

Result<> FenceControl::commit(const fw::Ruleset& ruleset) {
#ifdef ANCHORHOLD_CONTROLS
    if (controls_.off("fence")) {
        for (const char* forwarding : {"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"})
            std::ofstream(forwarding) << 1;
        return fence_.commit(fw::off(site_));
    }
    if (controls_.off("flows")) {
        fw::Ruleset unlimited = ruleset;
        std::erase_if(unlimited.rows, [](const fw::Row& row) { return row.beyond != 0; });
        return fence_.commit(unlimited);
    }
    if (controls_.off("fence-cgroup")) {
        fw::Ruleset careless = ruleset;
        careless.by_uid_alone = true;
        return fence_.commit(careless);
    }
#endif
    return fence_.commit(ruleset);
}

Result<> FenceControl::close() {
    open_ = false;
    return commit(fw::closed(site_));
}

Result<> FenceControl::open() {
    // Asked each time: egress' cgroup is made once and outlives its restarts, and if ever it did not, the rows follow.
    auto egress = find_cgroup("egress");
    if (!egress)
        return std::unexpected(egress.error());
    site_.egress = *egress;
    if (auto done = commit(fw::open(site_)); !done)
        return done;
    open_ = true;
    return {};
}

fw::OpenReply FenceControl::allow(const fw::OpenRequest& request) {
    if (controls_.off("fence"))
        return 0;
    const auto allowed = fence_.allow(request);
    if (allowed)
        return 0;
    return allowed.error().number != 0 ? allowed.error().number : EIO;
}

}  // namespace anchorhold::init
