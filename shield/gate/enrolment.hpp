// The one-time code that lets a person register a passkey. It comes from the host (anchorhold.enrol), is good for one
// passkey, and never again: what was used is remembered on the state disk by its SHA-256. It is too long to be guessed,
// so wrong ones cost nothing but time (slowdown.hpp): a count of them would be a switch in a stranger's hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::gate {

// The most that a code of these letters can be worth, were each drawn at random: by the smallest alphabet that has all
// of them, and nothing for one with fewer than 8 different ones. Hyphens and spaces only make it legible.
[[nodiscard]] int bits_of_code(std::string_view code);

class Enrolment {
  public:
    static constexpr int kLeastBits = 100;

    // A state file that cannot be read leaves the code dead, and so is one too weak.
    static Enrolment load(std::string_view code, const std::string& state_file);

    // The error's detail is a sentence for the person.
    [[nodiscard]] Result<> check(std::string_view code) const;
    // Right before a passkey is kept; an error when it was spent already or that could not be remembered.
    Result<> spend();

  private:
    [[nodiscard]] bool spent() const;
    Result<> save() const;

    Digest code_{};
    bool given_ = false;
    std::string broken_;  // why no code can be right; empty: one can
    std::string file_;
    std::vector<std::string> spent_;  // hex
};

}  // namespace anchorhold::gate
