// A gatekeeper with all that stands around it, in one process and one loop: signed profile, state directory, an auditor
// that does as it is told, egress and console as socket pairs, and a clock that only the test moves.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shield/action/testing.hpp"
#include "shield/gate/gate.hpp"
#include "shield/passkey/testing.hpp"

namespace anchorhold::gate {

inline constexpr std::int64_t kNow = 1'790'000'000;
inline constexpr std::string_view kCode = "7f3a9k2m4x8q1w5e6r0t2y3u5p7d";
inline constexpr std::string_view kSecret = "s3cret-of-the-host";

// The other end of a connection to gate.
class FakePeer {
  public:
    FakePeer(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {}

    void say(const json::object& message);
    void say_raw(std::string_view packet);
    // The next message that is neither `state` nor `status`, or {} when gate says nothing more. The secret that follows
    // a message becomes its member `secret`.
    json::object hear();
    json::object call(const json::object& message);
    // The newest `state` or `status` there is.
    json::object state();
    [[nodiscard]] bool ended();

    // What a console adds to what its browsers say: the cookie's session, and where they are.
    std::string session;
    std::string peer;

  private:
    void drain();

    EventLoop& loop_;
    UniqueFd fd_;
    std::vector<json::object> heard_;
    json::object state_;
    bool ended_ = false;
};

class FakeAuditor {
  public:
    FakeAuditor(EventLoop& loop, std::string path);

    enum class Mood : std::uint8_t { writes, keeps_silent, fails };
    Mood mood = Mood::writes;
    std::vector<json::object> events;

    // Until start() nobody listens; stop() ends every connection.
    void start();
    void stop();
    // Acknowledges everything so far.
    void catch_up();
    // Events of that class, newest last.
    [[nodiscard]] std::vector<json::object> of_class(int class_uid) const;

  private:
    void accept();
    void receive();

    EventLoop& loop_;
    std::string path_;
    UniqueFd listener_;
    UniqueFd connection_;
    Watch accepting_;
    Watch receiving_;
    std::int64_t upto_ = 0;
};

class Bench {
  public:
    struct Options {
        std::string profile;  // empty: kProfile
        bool signed_profile = true;
        bool audit = true;
        bool passkey = true;  // one is registered already
    };
    Bench() : Bench(Options()) {}
    explicit Bench(const Options& options);
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    FakePeer connect(Gate::Role role);
    // With a browser that has signed in, where a passkey is registered.
    FakePeer watching_console();
    // As agent-api does when it has connected.
    FakePeer watching_agent_api();
    // Its session, signed for by the bench's authenticator; "" when gate refused.
    std::string sign_in(FakePeer& console);
    // What only time brings, moved on.
    void pass(std::int64_t seconds);
    void pump();
    // A gate started anew over the same state and credentials, as after a reboot or a crash.
    void restart();

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return directory_ / name; }
    void write(const std::string& name, std::string_view text) const;

    std::int64_t now = kNow;
    bool ready = false;
    std::string status;
    passkey::SoftAuthenticator authenticator;

  private:
    std::filesystem::path directory_;

  public:
    EventLoop loop;
    FakeAuditor auditor;
    std::unique_ptr<Gate> gate;
};

// A push that the profile asks about: the facts as egress gives them.
using action::push_facts;

}  // namespace anchorhold::gate
