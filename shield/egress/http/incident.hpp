// A credential came back in an answer: that is recorded and told to the gatekeeper, which withholds it when it happens
// again and again. What the client gets has stars in its place, or ends there where the profile says so.
#pragma once

#include <cstdint>
#include <span>

#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"

namespace anchorhold::egress {

// `hits`: those of the answer so far; each credential is told of once an answer.
class Incidents {
  public:
    Incidents(Conversation& client, const Exchange& exchange) : client_(client), exchange_(exchange) {}
    // True: the answer may go on.
    Task<bool> look(std::span<const std::uint32_t> hits);

  private:
    Task<bool> tell(const std::string& credential);

    Conversation& client_;
    const Exchange& exchange_;
    std::size_t seen_ = 0;
    std::vector<std::uint32_t> told_;
};

}  // namespace anchorhold::egress
