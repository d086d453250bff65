#include "shield/console/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "shield/console/client.hpp"
#include "shield/console/gate_message.hpp"

namespace anchorhold::console {
namespace {

// The newcomer where no other client has more than it.
std::string who_has_most(const std::vector<std::shared_ptr<Connection>>& connections, const std::string& newcomer) {
    std::map<std::string, std::size_t> shares{{newcomer, 0}};
    for (const auto& held : connections)
        ++shares[held->client()];
    std::string most = newcomer;
    for (const auto& [client, share] : shares) {
        if (share > shares.at(most))
            most = client;
    }
    return most;
}

}  // namespace

Server::Server(EventLoop& loop, UniqueFd listener, Settings settings, std::function<void()> ready)
    : loop_(&loop),
      listener_(std::move(listener)),
      settings_(std::move(settings)),
      ready_(std::move(ready)),
      host_{settings_.origins, settings_.patience,
            [this](Connection& connection, const Route& route, std::string_view body, const Sender& sender) {
                handle(connection, route, body, sender);
            },
            [this](Connection& gone) {
                std::erase_if(connections_, [&](const auto& held) { return held.get() == &gone; });
            }},
      gate_(loop, settings_.gate_path,
            {.state = [this](const json::object& state) { return take_state(state); },
             .down =
                 [this] {
                     state_.reset();
                     broadcast();
                 }}) {}

Result<> Server::start() {
    auto acceptor = Acceptor::start(*loop_, std::move(listener_), "a browser",
                                    [this](UniqueFd fd, const sockaddr_storage& peer) { accept(std::move(fd), peer); });
    if (!acceptor)
        return std::unexpected(acceptor.error());
    acceptor_ = std::move(*acceptor);
    beat();
    gate_.start();
    return {};
}

void Server::accept(UniqueFd fd, const sockaddr_storage& peer) {
    auto client = client_of(peer);
    if (connections_.size() >= settings_.max_connections && !make_room(client))
        return;
    // A phone that went out of reach holds its stream no longer than this; other sockets have no such option.
    const int unheard = 45'000;
    (void)setsockopt(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof unheard);
    auto connection = std::make_shared<Connection>(*loop_, std::move(fd), std::move(client), host_);
    connections_.push_back(connection);
    if (auto ok = connection->start(); !ok)
        connection->close();
}

bool Server::signed_in(const Connection& connection) const {
    return !connection.session().empty() && (state_ == nullptr || has_session(*state_, connection.session()));
}

bool Server::make_room(const std::string& newcomer) {
    // Who the newcomer is shows only later, so it takes nothing from those who have signed in.
    auto candidates = connections_;
    std::erase_if(candidates, [&](const auto& held) { return signed_in(*held); });
    const auto giver = who_has_most(candidates, newcomer);
    auto found =
        std::ranges::find_if(candidates, [&](const auto& held) { return held->client() == giver && held->idle(); });
    // Nobody's own newcomer ends what is being served to it.
    if (found == candidates.end() && giver != newcomer)
        found = std::ranges::find(candidates, giver, &Connection::client);
    if (found == candidates.end())
        return false;
    (*found)->close();
    return true;
}

bool Server::make_room_for_stream(const std::string& newcomer, bool stranger) {
    auto streams = connections_;
    std::erase_if(streams, [](const auto& held) { return !held->streaming(); });
    if (streams.size() < settings_.max_streams)
        return true;
    // Whoever has signed in is served before those who have not, and parts with nothing for them.
    if (!stranger) {
        const auto other = std::ranges::find_if(streams, [&](const auto& held) { return !signed_in(*held); });
        if (other != streams.end()) {
            (*other)->close();
            return true;
        }
    } else {
        std::erase_if(streams, [&](const auto& held) { return signed_in(*held); });
    }
    const auto giver = who_has_most(streams, newcomer);
    if (giver == newcomer)
        return false;
    (*std::ranges::find(streams, giver, &Connection::client))->close();
    return true;
}

void Server::handle(Connection& connection, const Route& route, std::string_view body, const Sender& sender) {
    switch (route.handler) {
        case Handler::file: {
            const auto file = settings_.files.find(route.name);
            const bool have = file != settings_.files.end();
            connection.answer({.status = have ? 200 : 404,
                               .content_type = route.content_type,
                               .text = have ? std::string_view(file->second) : std::string_view{}});
            return;
        }
        case Handler::events:
            begin_stream(connection, sender);
            return;
        case Handler::call:
            relay(connection, route, body, sender);
            return;
    }
}

// The gatekeeper says whose it is; while it is away there is nothing to show to anybody.
void Server::begin_stream(Connection& connection, const Sender& sender) {
    const auto id = gate_.next_id();
    const auto message = gate_message("session", id, "{}", sender);
    if (!message)
        return connection.close();
    gate_.ask(id, *message,
              [this, weak = connection.weak_from_this()](const std::expected<json::object, std::string>& answer) {
                  const auto asker = weak.lock();
                  if (!asker)
                      return;
                  const auto digest = answer ? text_member(*answer, "digest") : std::unexpected(Error{});
                  open_stream(*asker, digest ? std::string(*digest) : std::string());
              });
}

void Server::open_stream(Connection& connection, std::string session) {
    if (!make_room_for_stream(connection.client(), session.empty())) {
        connection.answer({.status = 503,
                           .content_type = "text/plain; charset=utf-8",
                           .text = "Too many pages are open. Close one and load this again.\n",
                           .close = true});
        return;
    }
    if (auto first = event(session))
        connection.start_stream(std::move(*first), std::move(session));
    else
        connection.close();
}

void Server::relay(Connection& connection, const Route& route, std::string_view body, const Sender& sender) {
    const auto id = gate_.next_id();
    const auto message = gate_message(route.name, id, body, sender);
    if (!message) {
        connection.answer(
            {.status = 400, .content_type = route.content_type, .text = error_json(message.error().detail)});
        return;
    }
    gate_.ask(id, *message,
              [weak = connection.weak_from_this(), &route,
               origin = sender.origin](const std::expected<json::object, std::string>& answer) {
                  if (const auto asker = weak.lock())
                      asker->answer(answer ? reply_of(route.name, *answer, origin)
                                           : Reply{.status = 503, .text = error_json(answer.error())},
                                    route.content_type);
              });
}

Result<> Server::take_state(const json::object& state) {
    auto next = std::make_unique<json::object>(state);
    std::swap(state_, next);
    if (auto usable = known_event(); !usable) {
        state_.reset();
        broadcast();
        return std::unexpected(usable.error());
    }
    broadcast();
    if (next == nullptr)
        ready_();
    return {};
}

Result<Connection::Text> Server::known_event() const {
    return state_event(*state_, settings_.origins.front().text, std::time(nullptr)).transform([](std::string&& text) {
        return std::make_shared<const std::string>(std::move(text));
    });
}

Result<Connection::Text> Server::event(const std::string& session) const {
    if (state_ != nullptr && has_session(*state_, session))
        return known_event();
    const auto& address = settings_.origins.front().text;
    const auto now = std::time(nullptr);
    return std::make_shared<const std::string>(state_ == nullptr ? down_event(address, now)
                                                                 : stranger_event(*state_, address, now));
}

void Server::broadcast() {
    // Two texts for all of them.
    const auto strangers = event("");
    const auto known = state_ == nullptr ? strangers : known_event();
    if (!strangers || !known)
        return;
    // A copy: a push may end a connection, which takes it out of the list.
    for (const auto& connection : std::vector(connections_)) {
        const bool signed_in = state_ != nullptr && has_session(*state_, connection->session());
        connection->push(signed_in ? *known : *strangers);
    }
}

void Server::beat() {
    for (const auto& connection : std::vector(connections_))
        connection->beat();
    auto timer = loop_->after(settings_.patience.heartbeat, [this] { beat(); });
    if (timer)
        heart_ = std::move(*timer);
    else
        loop_->stop(1);
}

}  // namespace anchorhold::console
