// Browsers that have shown the enrolment code or an assertion. Pure: the caller brings the clock. In memory only, so
// that gate's end is the end of all of them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::gate {

struct Session {
    std::string name;  // of the passkey that began it
    std::int64_t since = 0;
    std::int64_t expires = 0;
    Digest digest{};  // of the cookie's bytes: what is kept opens nothing
};

class Sessions {
  public:
    static constexpr std::int64_t kSeconds = 12L * 60 * 60;
    static constexpr std::size_t kTokenBytes = 32;
    // Only somebody with a passkey or the code begins one, so the oldest may give way.
    static constexpr std::size_t kMaxSessions = 32;

    // What the browser keeps: kTokenBytes random bytes in base64url.
    [[nodiscard]] Result<std::string> begin(std::string_view name, std::int64_t now);
    // Null for a token that is malformed, unknown, ended or too old.
    [[nodiscard]] const Session* find(std::string_view token, std::int64_t now) const;
    void end(const Digest& digest);
    void end_others(const Digest& digest);
    // True when there were any.
    bool expire(std::int64_t now);
    [[nodiscard]] const std::deque<Session>& all() const noexcept { return sessions_; }

  private:
    std::deque<Session> sessions_;  // oldest first
};

}  // namespace anchorhold::gate
