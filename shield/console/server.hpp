// The console process: browsers on one side, the gatekeeper on the other, and nothing of its own in between.
#pragma once

#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/acceptor.hpp"
#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "shield/console/connection.hpp"
#include "shield/console/gate_link.hpp"
#include "shield/console/page_files.hpp"

namespace anchorhold::console {

struct Settings {
    std::vector<Origin> origins;
    PageFiles files;
    std::string gate_path = "/run/anchorhold/gate";
    Patience patience = {};
    std::size_t max_connections = 64;
    std::size_t max_streams = 32;
};

class Server {
  public:
    // `ready` is called each time the gatekeeper has become reachable.
    Server(EventLoop& loop, UniqueFd listener, Settings settings, std::function<void()> ready);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] Result<> start();

  private:
    void accept(UniqueFd fd, const sockaddr_storage& peer);
    // Its stream was opened by a session that, as far as is known, has not ended.
    [[nodiscard]] bool signed_in(const Connection& connection) const;
    // The client that has the most, streams of people who have signed in not counted, parts with an idle connection or
    // else its oldest; where that is the newcomer's own, only with an idle one.
    bool make_room(const std::string& newcomer);
    bool make_room_for_stream(const std::string& newcomer, bool stranger);
    void handle(Connection& connection, const Route& route, std::string_view body, const Sender& sender);
    void relay(Connection& connection, const Route& route, std::string_view body, const Sender& sender);
    void begin_stream(Connection& connection, const Sender& sender);
    void open_stream(Connection& connection, std::string session);
    Result<> take_state(const json::object& state);
    void broadcast();
    void beat();
    // What a stream of that session shows; of one that has ended, or none, what a stranger may know.
    [[nodiscard]] Result<Connection::Text> event(const std::string& session) const;
    [[nodiscard]] Result<Connection::Text> known_event() const;

    EventLoop* loop_;
    UniqueFd listener_;  // until start()
    Settings settings_;
    std::function<void()> ready_;
    Connection::Host host_;
    GateLink gate_;
    std::unique_ptr<Acceptor> acceptor_;
    Watch heart_;
    std::vector<std::shared_ptr<Connection>> connections_;  // oldest first
    std::unique_ptr<json::object> state_;                   // the gatekeeper's last; nothing while it is away
};

}  // namespace anchorhold::console
