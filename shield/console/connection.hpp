// One browser's connection: reads requests strictly, one at a time, and writes answers or a stream of events.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "shield/console/answer.hpp"
#include "shield/console/gate_message.hpp"
#include "shield/console/routes.hpp"
#include "shield/http/http1_head.hpp"

namespace anchorhold::console {

struct Patience {
    std::chrono::milliseconds idle{60'000};     // between requests
    std::chrono::milliseconds request{10'000};  // from a request's first byte to its last
    std::chrono::milliseconds answer{20'000};   // for the gatekeeper
    std::chrono::milliseconds write{20'000};    // for the browser to take what was written
    std::chrono::milliseconds heartbeat{15'000};
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    struct Host {
        std::span<const Origin> origins;
        Patience patience;
        // A judged request; answer() or start_stream() must follow, at once or later. The view ends with the call.
        std::function<void(Connection&, const Route&, std::string_view body, const Sender& sender)> handle;
        std::function<void(Connection&)> closed;  // last word; the owner lets go
    };
    using Text = std::shared_ptr<const std::string>;

    // `client`: who counts as one (client.hpp).
    Connection(EventLoop& loop, UniqueFd fd, std::string client, const Host& host);
    [[nodiscard]] Result<> start();

    void answer(Answer answer);
    void answer(Reply reply, std::string_view content_type);
    // `session`: the digest of the one that it is for; empty: a stranger's.
    void start_stream(Text first, std::string session);
    // To a stream: sent when the browser has taken what came before; a newer one replaces one not yet begun.
    void push(Text event);
    void beat();
    void close();

    // Between requests with nothing received: may be closed to make room.
    [[nodiscard]] bool idle() const noexcept { return phase_ == Phase::head && in_.empty() && out_.empty(); }
    [[nodiscard]] const std::string& client() const noexcept { return client_; }
    [[nodiscard]] bool streaming() const noexcept { return phase_ == Phase::stream; }
    [[nodiscard]] const std::string& session() const noexcept { return session_; }

  private:
    enum class Phase : std::uint8_t { head, body, asked, stream, last, closed };

    void on_io(std::uint32_t events);
    void receive();
    void process();
    bool take_head();
    void flush();
    void watch(bool writable);
    void wait(std::chrono::milliseconds patience);
    void run_out();
    void refuse(const Refused& refused, bool as_json);

    EventLoop* loop_;
    UniqueFd fd_;
    std::string client_;
    const Host* host_;
    Watch io_;
    Watch timer_;
    Phase phase_ = Phase::head;
    bool watching_write_ = false;
    bool processing_ = false;
    bool keep_alive_ = false;
    std::string in_;
    std::string out_;
    std::size_t written_ = 0;  // of out_
    Text next_event_;
    egress::RequestReader reader_;
    const Route* route_ = nullptr;
    Sender sender_;
    std::string session_;  // of a stream
    std::size_t head_size_ = 0;
    std::size_t body_size_ = 0;
};

}  // namespace anchorhold::console
