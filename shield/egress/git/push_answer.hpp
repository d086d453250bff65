// The answer that a waiting git reads: 200 at once, then lines on its terminal (side band 2), at last a report.
#pragma once

#include <cstdint>
#include <string_view>

#include "shield/egress/git/wire/receive_pack.hpp"
#include "shield/egress/http/conversation.hpp"

namespace anchorhold::egress {

class PushAnswer {
  public:
    PushAnswer(Conversation& client, const PushCommands& commands) : client_(client), commands_(commands) {}

    // Whether git can be told anything within the protocol.
    [[nodiscard]] bool possible() const {
        return !client_.old && (commands_.capabilities.report_status || commands_.capabilities.report_status_v2);
    }
    // What becomes of the connection behind the answer.
    enum class Afterwards : std::uint8_t { stays, ends };
    // Head of a chunked 200. The failure of this and of all below: client_gone.
    Task<Attempt<>> begin(Afterwards afterwards);
    // A line "remote: anchorhold: …"; nothing where git did not offer side bands.
    Task<Attempt<>> say(std::string_view line);
    // Upstream's own answer goes on from here; its pieces, then end().
    Task<Attempt<>> pass(std::string_view bytes);
    Task<Attempt<>> end();
    // What is refused: each ref, or, where its list could not be read or not be taken, the pack as a whole.
    enum class Refused : std::uint8_t { refs, pack };
    // Every ref is refused for this reason, which is also said; then the end.
    Task<Attempt<>> reject(std::string_view reason, Refused what = Refused::refs);

  private:
    enum class Part : std::uint8_t { more, last };
    Task<Attempt<>> send(std::string_view bytes, Part part = Part::more);
    Conversation& client_;
    const PushCommands& commands_;
};

}  // namespace anchorhold::egress
