// Egress' parts on a loop of the test's own, between a client, a gatekeeper, an auditor and a server that the test
// plays. Streams are real ones over socket pairs, and nothing leaves the process.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log_limiter.hpp"
#include "base/unique_fd.hpp"
#include "shield/egress/services.hpp"

namespace anchorhold::egress::testing {

// A listed host, a.test, in the clear on port 80: /open/** is allowed, /ask/** and pushes to acme/* ask, but pushes to
// refs/heads/free/** are allowed and to refs/heads/never denied.
extern const std::string_view kProfile;

// The other end of a stream.
class Far {
  public:
    explicit Far(UniqueFd end) : end_(std::move(end)) {}
    void send(std::string_view bytes) const;
    // All that has come so far.
    [[nodiscard]] const std::string& heard();
    // As if the process had died.
    void close() { end_.reset(); }

  private:
    UniqueFd end_;
    std::string heard_;
};

// Servers whose connections the test holds the other end of.
class PlayedUpstream final : public Upstream {
  public:
    explicit PlayedUpstream(Executor executor, Deadlines& deadlines) : executor_(executor), deadlines_(deadlines) {}
    Task<Attempt<UpstreamPtr>> dial(ServerKey server) override;
    [[nodiscard]] UpstreamPtr idle(ServerKey server) override;
    void release(UpstreamPtr connection) override;

    bool unreachable = false;
    std::vector<std::unique_ptr<Far>> dialled;
    std::deque<UpstreamPtr> kept;

  private:
    Executor executor_;
    Deadlines& deadlines_;
};

class Bench {
  public:
    Bench();
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    // Runs what is ready, and what becomes so within some milliseconds.
    void turn();
    // Whether it came to hold, after some seconds at the most.
    bool until(const std::function<bool()>& condition);

    // The next message to the gatekeeper is of that type.
    json::object gate_hears(std::string_view type);
    // Nothing has come to it.
    bool gate_hears_nothing();
    void gate_says(const json::object& message) const;
    // The answers to an ask: taken, and then the verdict.
    void gate_takes(const json::object& ask) const;
    void gate_decides(const json::object& ask, std::string_view verdict, std::string_view reason = {}) const;
    void gate_dies();
    void audit_dies();
    // The records so far, each as canonical JSON text.
    const std::vector<std::string>& records();
    bool recorded(std::string_view text);

    // A stream's two ends.
    std::pair<Socket, std::unique_ptr<Far>> connect();

    // A connection to port 80 of a.test, served from its first byte to its end.
    struct Client {
        std::unique_ptr<Far> far;
        std::shared_ptr<bool> over = std::make_shared<bool>(false);
    };
    Client client();

    [[nodiscard]] Executor executor() { return loop_.get_executor(); }
    [[nodiscard]] std::shared_ptr<const profile::Profile> profile() const { return gate_->policy().profile; }
    [[nodiscard]] PlayedUpstream& upstream() { return upstream_; }
    [[nodiscard]] Holding& holding() { return *holding_; }
    [[nodiscard]] Deadlines& deadlines() { return deadlines_; }
    // Of the last server connection that was made.
    [[nodiscard]] Far& server() { return *upstream_.dialled.back(); }

  private:
    void accept(UniqueFd& peer, int listener);
    void read_records();

    std::string directory_;
    // What streams and flows refer to outlives the loop, whose end is theirs.
    Deadlines deadlines_;
    Flows flows_;
    LogLimiter refused_requests_;
    Names names_;
    asio::io_context loop_;
    std::optional<Gate> gate_;
    std::optional<Audit> audit_;
    std::optional<Ends> ends_;
    UniqueFd gate_peer_;
    UniqueFd audit_peer_;
    std::vector<std::string> records_;
    PlayedUpstream upstream_{loop_.get_executor(), deadlines_};
    std::optional<Authority> authority_;
    std::optional<AgentTls> agent_tls_;
    std::optional<ConversationPeers> conversations_;
    std::optional<ServerPeers> servers_;
    std::optional<Holding> holding_;
    std::optional<Services> services_;
};

}  // namespace anchorhold::egress::testing
