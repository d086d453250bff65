// An answer's body as its client will read it: unpacked where it came packed though nobody asked for it, so that it can
// be searched.
#pragma once

#include <optional>
#include <vector>

#include "shield/egress/io/input.hpp"
#include "shield/http/inflate.hpp"

namespace anchorhold::egress {

class DecodedBody {
  public:
    DecodedBody(Stream& stream, Input& input, BodyFraming framing, bool packed)
        : body_(stream, input, framing, Sender::server),
          inflater_(packed ? std::optional<Inflater>(std::in_place) : std::nullopt) {}

    // As Body's.
    Task<Attempt<std::span<char>>> next();
    [[nodiscard]] bool ready() { return (inflater_ && inflater_->pending()) || body_.ready(); }
    // The end has been read.
    [[nodiscard]] bool done() const { return body_.done() && !(inflater_ && inflater_->pending()); }

  private:
    Body body_;
    std::optional<Inflater> inflater_;
    std::vector<char> room_;
};

}  // namespace anchorhold::egress
