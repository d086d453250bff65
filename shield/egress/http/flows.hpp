// What is on its way to servers and back just now. A decision is taken once and an upload or a stream may last for
// days: what a new profile, a lost guard or a withheld credential no longer allows is cut at once.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "shield/egress/io/stream.hpp"
#include "shield/egress/peers/policy.hpp"
#include "shield/profile/decide.hpp"

namespace anchorhold::egress {

inline constexpr std::string_view kWithheld = "its credential came back in answers and is withheld";

// By what a flow goes on.
struct Allowance {
    std::shared_ptr<const profile::Profile> profile;
    std::string host;
    std::string credential;  // that was placed; may be empty
    // The same request before another profile. None: a person approved it under this profile and no other.
    std::function<profile::Decision(const profile::Profile&)> again;
};

class Flows {
  public:
    class Flow {
      public:
        Flow(Flows& all, Allowance allowance);
        ~Flow() { all_.flows_.erase(place_); }
        Flow(const Flow&) = delete;
        Flow& operator=(const Flow&) = delete;

        // What goes with it when it is cut: the server's connection, and the client's once an answer has begun, which
        // would look whole otherwise.
        void up(Stream& stream) { up_ = &stream; }
        void down(Stream& stream) { down_ = &stream; }
        void server_left() { up_ = nullptr; }

        void review(const Policy& policy);
        void cut(std::string_view why);
        // Why it was cut, as a clause; empty: it was not.
        [[nodiscard]] const std::string& why() const { return why_; }
        [[nodiscard]] const std::string& credential() const { return allowance_.credential; }

      private:
        Flows& all_;
        Allowance allowance_;
        std::list<Flow*>::iterator place_;
        Stream* up_ = nullptr;
        Stream* down_ = nullptr;
        std::string why_;
    };

    // Each is decided anew by the profile in force.
    void review(const Policy& policy);
    void cut_all(std::string_view why);
    // Those that carry this credential, by its name in the profile.
    void cut_credential(std::string_view credential, std::string_view why);

  private:
    std::list<Flow*> flows_;
};

}  // namespace anchorhold::egress
