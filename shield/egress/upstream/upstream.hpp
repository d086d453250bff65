// Connections to the servers that the profile lists: dialled only after a decision, verified, and kept for later
// requests that agree in all of ServerKey.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "shield/egress/io/input.hpp"
#include "shield/egress/peers/fence.hpp"
#include "shield/egress/tls/tls.hpp"
#include "shield/egress/upstream/upstream_names.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

// Whom a connection is to, and as whom and by whose word.
struct ServerKey {
    const profile::Host& host;
    std::uint16_t port;
    bool secure;
    std::string_view credential;  // the name of the one that will be placed, or empty
    const Digest& profile;        // which says what host's addresses and roots may be
};

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

// As an exchange sees them; the tests play it.
class Upstream {
  public:
    Upstream() = default;
    virtual ~Upstream() = default;
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    // What `server` refers to is copied before the first wait. The failure: unreachable.
    virtual Task<Attempt<UpstreamPtr>> dial(ServerKey server) = 0;
    // One that lies idle and on which nothing came meanwhile, or null.
    [[nodiscard]] virtual UpstreamPtr idle(ServerKey server) = 0;
    // After a whole answer, with nothing left over.
    virtual void keep(UpstreamPtr connection) = 0;
};

class UpstreamPool final : public Upstream {
  public:
    UpstreamPool(Executor executor, Deadlines& deadlines, Fence& fence, UpstreamNames& names, UpstreamTls& tls)
        : executor_(executor), deadlines_(deadlines), fence_(fence), names_(names), tls_(tls) {}

    Task<Attempt<UpstreamPtr>> dial(ServerKey server) override;
    [[nodiscard]] UpstreamPtr idle(ServerKey server) override;
    void keep(UpstreamPtr connection) override;
    // Nobody asks for those of another profile any more.
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
