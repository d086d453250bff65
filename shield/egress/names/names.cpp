#include "shield/egress/names/names.hpp"

#include "base/addresses.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::egress {
namespace {

namespace ip = boost::asio::ip;

const ip::address_v4 kFirst4 = ip::make_address_v4(kFirstName.v4);
const ip::address_v4 kRefusal4 = ip::make_address_v4(kRefusal.v4);
const ip::address_v6 kRefusal6 = ip::make_address_v6(kRefusal.v6);
const ip::address_v6 kFirst6 = ip::make_address_v6(kFirstName.v6);

ip::address_v4 v4_at(std::uint32_t slot) {
    return ip::address_v4(kFirst4.to_uint() + slot);
}

// A slot is the offset of an address' last four bytes.
std::uint32_t low_of(const ip::address_v6& address) {
    std::uint32_t low = 0;
    const auto bytes = address.to_bytes();
    for (std::size_t i = 12; i < 16; ++i)
        low = (low << 8) | bytes.at(i);
    return low;
}
ip::address_v6 v6_at(std::uint32_t slot) {
    const std::uint32_t low = low_of(kFirst6) + slot;
    auto bytes = kFirst6.to_bytes();
    for (std::size_t i = 0; i < 4; ++i)
        bytes.at(12 + i) = static_cast<std::uint8_t>(low >> (24 - 8 * i));
    return ip::address_v6(bytes);
}

std::optional<std::uint32_t> slot_of(const ip::address& address) {
    const std::uint32_t slot =
        address.is_v4() ? address.to_v4().to_uint() - kFirst4.to_uint() : low_of(address.to_v6()) - low_of(kFirst6);
    if (slot >= Names::kSlots || (address.is_v6() && v6_at(slot) != address.to_v6()))
        return std::nullopt;
    return slot;
}

}  // namespace

ip::address_v4 Names::refusal4() {
    return kRefusal4;
}
ip::address_v6 Names::refusal6() {
    return kRefusal6;
}
bool Names::is_refusal(const ip::address& address) {
    return address == refusal4() || address == refusal6();
}

void Names::learn(const profile::Profile& profile) {
    for (const auto& host : profile.hosts)
        add(host.name);
}

void Names::add(const std::string& name) {
    if (slots_.contains(name) || slots_.size() >= kSlots)
        return;
    const Digest digest = sha256(name);
    std::uint32_t slot = 0;
    for (std::size_t i = 0; i < 4; ++i)
        slot = (slot << 8) | digest.at(i);
    for (slot %= kSlots; names_.contains(slot);)
        slot = (slot + 1) % kSlots;
    slots_[name] = slot;
    names_[slot] = name;
}

std::optional<Names::Addresses> Names::addresses_of(std::string_view name) const {
    const auto found = slots_.find(name);
    if (found == slots_.end())
        return std::nullopt;
    return Addresses{v4_at(found->second), v6_at(found->second)};
}

std::string_view Names::name_at(const ip::address& address) const {
    const auto slot = slot_of(address);
    const auto found = slot ? names_.find(*slot) : names_.end();
    return found == names_.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace anchorhold::egress
