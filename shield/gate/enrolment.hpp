// The one-time code that lets a person register a passkey. It comes from the host (anchorhold.enrol), is good for one
// passkey, and never again: what was used is remembered on the state disk by its SHA-256. Five wrong tries kill it
// until the workstation is booted again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::gate {

class Enrolment {
  public:
    static constexpr int kTries = 5;

    // `boot` is the kernel's boot id: the count of wrong tries outlives gate, not the boot. A state file that cannot be
    // read leaves the code dead.
    static Enrolment load(std::string_view code, const std::string& state_file, std::string_view boot);

    // The error's detail is a sentence for the person. A wrong code costs a try, which is on disk before the answer.
    Result<> check(std::string_view code);
    // Right before a passkey is kept; an error when it was spent already or that could not be remembered.
    Result<> spend();

  private:
    [[nodiscard]] bool spent() const;
    Result<> save() const;

    Digest code_{};
    bool given_ = false;
    std::string broken_;  // why the state file is unusable; empty: it is fine
    std::string file_;
    std::string boot_;
    int wrong_ = 0;
    std::vector<std::string> spent_;  // hex
};

}  // namespace anchorhold::gate
