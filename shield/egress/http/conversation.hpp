// One connection of the cell and the request on it that is being served.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/log_limiter.hpp"
#include "shield/egress/http/ends.hpp"
#include "shield/egress/http/http_record.hpp"
#include "shield/egress/io/input.hpp"
#include "shield/egress/peers/gate.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_write.hpp"

namespace anchorhold::egress {

// How a connection ends that has nothing more to say.
enum class Ending : std::uint8_t {
    orderly,
    torn,   // without TLS' own end: the last answer may be a part
    reset,  // it is one, and nothing else in it would show that
};

// What every conversation works with; it outlives them all.
struct ConversationPeers {
    Executor executor;
    Deadlines& deadlines;
    Gate& gate;
    Audit& audit;
    Ends& ends;
    LogLimiter& refused_requests;  // of all conversations
};

// By which rule something was refused, and after which approval; both may be empty.
struct RefusedBy {
    std::string_view rule = {};
    std::string_view request = {};
};

class Conversation {
  public:
    Conversation(const ConversationPeers& all, Socket socket, std::string host_name, std::uint16_t to_port)
        : peers(all), stream(std::move(socket), all.deadlines), name(std::move(host_name)), port(to_port) {}

    const ConversationPeers& peers;
    Stream stream;
    Input input;
    RequestReader reader;
    std::string name;  // what the dialled address stands for
    std::uint16_t port;
    bool secure = false;

    // What stays true of the request when its head's bytes have moved on.
    std::string method;
    std::string url;
    bool keep_alive = false;
    bool old = false;  // HTTP/1.0
    Ending ending = Ending::orderly;
    BodyFraming framing;
    std::shared_ptr<const profile::Profile> profile;  // in force when the request came; null: none

    // The target in `url`.
    [[nodiscard]] std::string_view target() const;

    // Reads the next head; false when the connection is over (also after an answer to a malformed one).
    Task<bool> next_request();
    // Gives the head's bytes up, so that the body is first in line; once, however often it is called.
    void take_head() { input.consume(std::exchange(head_size_, 0)); }
    // For a client that waits with its body (RFC 9110 section 10.1.1). Before take_head(). The failure: client_gone.
    Task<Attempt<>> invite_body();

    // Adds the policy in force. The failure: auditor_gone, and nothing may happen.
    Task<Attempt<>> record(Judged judged, std::string_view credential = {});
    // What became of the request that record() told of as allowed or approved. `failure`: why its answer did not come
    // to its end; empty: it did.
    void record_end(const audit::HttpEnd& end, std::string_view failure);
    // Record and answer in one. These return whether the connection can serve another request.
    Task<bool> refuse(int status, Judged judged);
    // The same by the table of failures (failure_answer.hpp); a client that is gone is told nothing.
    Task<bool> refuse(const Failure& failure, RefusedBy by = {});
    Task<bool> answer(int status, std::string_view reason, std::string_view rule = {});
    // The two halves of answer(), for whoever has something to end in between.
    Task<bool> say(int status, std::string_view reason, std::string_view rule);
    Task<bool> after_answer();

    // Of a connection that never spoke HTTP; then its end.
    Task<> last_words(std::string_view words);
    // Reads on and drops what the client still sends, so that it reads our answer instead of a reset.
    Task<> drain(std::uint64_t most, std::chrono::seconds limit);

  private:
    // A body that may not have been read to its end takes the connection with it.
    [[nodiscard]] bool last() const { return !keep_alive || framing.kind != BodyKind::none; }

    // Of the last record of something that may go up.
    struct WentUp {
        std::string rule;
        std::string request;
        std::string credential;
    } went_up_;
    std::size_t head_size_ = 0;  // of the input, until it is given up
};

}  // namespace anchorhold::egress
