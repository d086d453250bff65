// The answer that a waiting git reads: 200 at once, then lines on its terminal (side band 2), at last a report.
#pragma once

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
    // Head of a chunked 200. `last`: the connection ends with this answer.
    Task<Result<>> begin(bool last);
    // A line "remote: anchorhold: …"; nothing where git did not offer side bands.
    Task<Result<>> say(std::string_view line);
    // Upstream's own answer goes on from here; its pieces, then end().
    Task<Result<>> pass(std::string_view bytes);
    Task<Result<>> end();
    // Every ref is refused for this reason, which is also said; then the end. With `unpack` the pack itself was.
    Task<Result<>> reject(std::string_view reason, bool unpack = false);

  private:
    Task<Result<>> send(std::string_view bytes, bool last = false);
    Conversation& client_;
    const PushCommands& commands_;
};

}  // namespace anchorhold::egress
