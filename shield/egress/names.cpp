#include "shield/egress/names.hpp"

#include "shield/message/digest.hpp"

namespace anchorhold::egress {
namespace {

namespace ip = boost::asio::ip;

constexpr std::uint32_t kFirst4 = 0xC6120100;    // 198.18.1.0
constexpr std::uint32_t kRefusal4 = 0xC6120005;  // 198.18.0.5

ip::address_v6 v6_at(std::uint32_t low) {
    ip::address_v6::bytes_type bytes{0xfd, 0x61, 0x6e, 0x63, 0x68, 0x6f, 0x00, 0x01};
    for (std::size_t i = 0; i < 4; ++i)
        bytes.at(12 + i) = static_cast<std::uint8_t>(low >> (24 - 8 * i));
    return ip::address_v6(bytes);
}
constexpr std::uint32_t kFirst6 = 0x10000;  // …:1:0

std::optional<std::uint32_t> slot_of(const ip::address& address) {
    std::uint32_t slot = Names::kSlots;
    if (address.is_v4()) {
        slot = address.to_v4().to_uint() - kFirst4;
    } else {
        const auto bytes = address.to_v6().to_bytes();
        std::uint32_t low = 0;
        for (std::size_t i = 12; i < 16; ++i)
            low = (low << 8) | bytes.at(i);
        if (v6_at(low) == address.to_v6())
            slot = low - kFirst6;
    }
    return slot < Names::kSlots ? std::optional(slot) : std::nullopt;
}

}  // namespace

ip::address_v4 Names::refusal4() {
    return ip::address_v4(kRefusal4);
}
ip::address_v6 Names::refusal6() {
    return v6_at(5);
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
    return Addresses{ip::address_v4(kFirst4 + found->second), v6_at(kFirst6 + found->second)};
}

std::string_view Names::name_at(const ip::address& address) const {
    const auto slot = slot_of(address);
    const auto found = slot ? names_.find(*slot) : names_.end();
    return found == names_.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace anchorhold::egress
