#include "shield/message/channel_client.hpp"

#include <cstdlib>
#include <iostream>
#include <utility>

namespace anchorhold {

ChannelClient::ChannelClient(EventLoop& loop, std::string path, Handlers handlers)
    : loop_(loop), path_(std::move(path)), handlers_(std::move(handlers)) {}

void ChannelClient::start() {
    retry_ = {};
    connected_at_ = std::chrono::steady_clock::now();
    auto fd = connect_channel(path_);
    if (!fd)
        return lose("is not running (" + fd.error().text() + ")");
    auto connection =
        ChannelConnection::open(loop_, std::move(*fd),
                                {.message =
                                     [this](json::object&& message) {
                                         if (auto ok = handlers_.message(std::move(message)); !ok)
                                             lose("sent what makes no sense: " + ok.error().text());
                                     },
                                 .closed =
                                     [this](const std::string& problem) {
                                         lose(problem.empty() ? "stopped" : "sent what cannot be read: " + problem);
                                     },
                                 .drained =
                                     [this] {
                                         if (handlers_.drained)
                                             handlers_.drained();
                                     }});
    if (!connection)
        return lose("cannot be watched: " + connection.error().text());
    connection_ = std::move(*connection);
    handlers_.up();
}

void ChannelClient::send(std::string packet) {
    if (connection_)
        connection_->send(std::move(packet));
}

void ChannelClient::lose(const std::string& why) {
    const auto ended = std::exchange(connection_, nullptr);
    const auto lived = ended
                           ? std::chrono::duration_cast<Backoff::Span>(std::chrono::steady_clock::now() - connected_at_)
                           : Backoff::Span{0};
    auto retry = loop_.after(backoff_.next(lived, arc4random()), [this] { start(); });
    if (retry) {
        retry_ = std::move(*retry);
    } else {
        std::cerr << retry.error().text() << '\n';
        loop_.stop(EXIT_FAILURE);
    }
    handlers_.down(why);
}

}  // namespace anchorhold
