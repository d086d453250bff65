// Connections to the servers that the profile lists: dialled only after a decision, verified, and kept for later
// requests of the same name, port and credential.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "shield/egress/fence.hpp"
#include "shield/egress/input.hpp"
#include "shield/egress/tls.hpp"
#include "shield/egress/upstream_names.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

struct UpstreamConnection {
    UpstreamConnection(Socket socket, Deadlines& deadlines, std::string reuse_key)
        : stream(std::move(socket), deadlines), key(std::move(reuse_key)) {}
    Stream stream;
    Input input;
    ResponseReader reader;
    std::string key;
    Clock::time_point idle_since;
};
using UpstreamPtr = std::unique_ptr<UpstreamConnection>;

class Upstream {
  public:
    Upstream(Executor executor, Deadlines& deadlines, Fence& fence, UpstreamNames& names, UpstreamTls& tls)
        : executor_(executor), deadlines_(deadlines), fence_(fence), names_(names), tls_(tls) {}

    // `host` is copied from before the first wait. `credential` is the name of the one that will be placed, or empty.
    Task<Result<UpstreamPtr>> dial(const profile::Host& host, std::uint16_t port, bool secure, std::string credential);
    // One that lies idle and on which nothing came meanwhile, or null.
    [[nodiscard]] UpstreamPtr idle(const profile::Host& host, std::uint16_t port, bool secure,
                                   std::string_view credential);
    // After a whole answer, with nothing left over.
    void keep(UpstreamPtr connection);
    // Another profile may trust other roots and addresses.
    void drop_idle() { idle_.clear(); }
    // Closes what has been idle for long. For ever.
    Task<> sweep();

  private:
    Task<Result<Socket>> connect(asio::ip::tcp::endpoint endpoint, std::chrono::milliseconds limit);
    // The same through the fence, which is opened for `lasting`.
    Task<Result<Socket>> reach(asio::ip::tcp::endpoint endpoint, std::chrono::milliseconds limit,
                               std::chrono::seconds lasting);

    Executor executor_;
    Deadlines& deadlines_;
    Fence& fence_;
    UpstreamNames& names_;
    UpstreamTls& tls_;
    std::list<UpstreamPtr> idle_;  // used last first
};

}  // namespace anchorhold::egress
