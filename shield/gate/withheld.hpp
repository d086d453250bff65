// Credentials that came back in answers too often. A server that echoes them, or somebody who has it say guesses, is an
// incident: the credential is lent to nobody until a person has looked, which a restart of the workstation says.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace anchorhold::gate {

class Withheld {
  public:
    static constexpr std::size_t kMaxEchoes = 3;
    static constexpr std::int64_t kWithin = 600;  // seconds

    // One more time it came back, from there. True: this one was too much, so that it is withheld from now on.
    bool echoed(const std::string& credential, std::string_view from, std::int64_t now);

    // Why it is not lent, as a clause for a person; empty: it may be.
    [[nodiscard]] std::string_view reason(std::string_view credential) const;
    // By name.
    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const { return reasons_; }

  private:
    std::map<std::string, std::deque<std::int64_t>> times_;
    std::map<std::string, std::string, std::less<>> reasons_;
};

}  // namespace anchorhold::gate
