// Three network namespaces for the fence's tests: the cell, the shield between, and an outside with documentation
// addresses (RFC 5737, RFC 3849). Nothing in them reaches the machine that the test runs on. Needs root.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "fw/ruleset.hpp"

namespace anchorhold::fw::test {

// A process that does nothing but keep a network namespace alive.
class Namespace {
  public:
    Namespace();
    ~Namespace();
    Namespace(const Namespace&) = delete;
    Namespace& operator=(const Namespace&) = delete;
    [[nodiscard]] pid_t keeper() const { return keeper_; }

    // From here on this process acts in the namespace.
    void enter() const;
    // Output of a shell command run in it; fails the test when the command fails.
    [[nodiscard]] std::string run(const std::string& command) const;

  private:
    pid_t keeper_ = -1;
    UniqueFd fd_;
};

// A cgroup that the fence takes for egress' own, for as long as the test runs.
class EgressCgroup {
  public:
    EgressCgroup();
    ~EgressCgroup();
    EgressCgroup(const EgressCgroup&) = delete;
    EgressCgroup& operator=(const EgressCgroup&) = delete;
    [[nodiscard]] Cgroup known() const;

    // Where this process is from here on; what it makes belongs there.
    void enter() const;
    void leave() const;

  private:
    std::string root_;
    std::string directory_;
};

// Whose socket it is.
struct Who {
    uid_t uid = 0;
    const EgressCgroup* cgroup = nullptr;
    Who(uid_t user) : uid(user) {}  // NOLINT(google-explicit-constructor): most are a uid and no more
    Who(uid_t user, const EgressCgroup& from) : uid(user), cgroup(&from) {}
};

struct World {
    World();
    Namespace cell;
    Namespace shield;
    Namespace outside;
    EgressCgroup cgroup;
    [[nodiscard]] Who egress() const { return {802, cgroup}; }
};

// A socket that listens (TCP) or is bound (UDP) in `where`, both families unless the address says one.
UniqueFd serve(const Namespace& where, int type, const std::string& address, std::uint16_t port);

// The next connection that waits there.
UniqueFd accepted(const UniqueFd& listener);

// What the test looks for. An answer may take long on a loaded machine; silence is called so after a short time.
enum class Expect : std::uint8_t { answer, silence };

struct Attempt {
    UniqueFd socket;
    int number = 0;  // 0: connected; ETIMEDOUT: nobody said anything
};
// A TCP connection tried in `where` by `who`.
Attempt dial(const Namespace& where, const Who& who, const std::string& address, std::uint16_t port,
             Expect expect = Expect::answer);
// The same with a socket that came from elsewhere.
int dial_again(int fd, const std::string& address, std::uint16_t port);
// Sends one datagram and waits for what comes back: 0 an answer, an errno, or ETIMEDOUT.
int ask(const Namespace& where, const Who& who, const std::string& address, std::uint16_t port, int server = -1,
        Expect expect = Expect::answer);
// Whether bytes written into one end arrive at the other; an errno of a broken socket, ETIMEDOUT for silence.
int carries(int from, int to, Expect expect = Expect::answer);

}  // namespace anchorhold::fw::test
