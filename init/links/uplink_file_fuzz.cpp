// What the parser accepts must be what it would accept again from its own words.
#include <cstdlib>

#include "base/encoding.hpp"
#include "init/links/uplink_file.hpp"

using namespace anchorhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto uplink = init::parse_uplink(as_text({data, size}));
    if (!uplink)
        return 0;
    std::string again = "[Network]\n";
    for (const auto& prefix : uplink->addresses)
        again += "Address=" + prefix.text() + "\n";
    for (const auto& gateway : uplink->gateways)
        again += "Gateway=" + gateway + "\n";
    for (const auto& dns : uplink->dns)
        again += "DNS=" + dns + "\n";
    const auto twice = init::parse_uplink(again);
    if (!twice || twice->addresses.size() != uplink->addresses.size() || twice->gateways != uplink->gateways ||
        twice->dns != uplink->dns)
        std::abort();
    return 0;
}
