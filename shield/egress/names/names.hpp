// Which address in the cell stands for which listed name (docs/design.md, "Addresses"). Pure. A name keeps its address
// as long as egress runs, and has the same one after a restart unless two names meet on one.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

class Names {
  public:
    // Slots are the offsets into the synthetic ranges; the same one serves both families.
    static constexpr std::uint32_t kSlots = 65'536;  // as many as fd61:6e63:686f:1::1:0/112 holds

    // Where clients that ask for an unlisted name are sent, to be told why.
    static boost::asio::ip::address_v4 refusal4();
    static boost::asio::ip::address_v6 refusal6();
    static bool is_refusal(const boost::asio::ip::address& address);

    // Gives every name of the profile an address.
    void learn(const profile::Profile& profile);

    struct Addresses {
        boost::asio::ip::address_v4 v4;
        boost::asio::ip::address_v6 v6;
    };
    // Nothing for a name that no profile had. The profile in force decides whether it is listed.
    [[nodiscard]] std::optional<Addresses> addresses_of(std::string_view name) const;
    // Empty for an address that was not given out.
    [[nodiscard]] std::string_view name_at(const boost::asio::ip::address& address) const;

  private:
    void add(const std::string& name);

    std::unordered_map<std::string, std::uint32_t, profile::TextHash, std::equal_to<>> slots_;
    std::unordered_map<std::uint32_t, std::string> names_;
};

}  // namespace anchorhold::egress
