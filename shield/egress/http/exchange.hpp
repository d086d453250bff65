// One request to upstream and the head of its answer: connection, credential, body up, answer down, at the same time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "shield/audit/event.hpp"
#include "shield/egress/credential/echoes.hpp"
#include "shield/egress/http/decoded_body.hpp"
#include "shield/egress/http/flows.hpp"
#include "shield/egress/http/outgoing.hpp"
#include "shield/egress/peers/gate.hpp"
#include "shield/egress/upstream/sharing.hpp"
#include "shield/egress/upstream/upstream.hpp"
#include "shield/http/http1_write.hpp"

namespace anchorhold::egress {

// Which of a client's fields go up.
enum class Fields : std::uint8_t {
    any,   // those of an allowed plain request or fetch
    held,  // of a plain request that a person signed: each of them is in the record (held_headers.hpp), so no Date,
           // which differs with every try
    push,  // of a push, held or not: those that git needs, in our words; a server could act upon any other
};

// Where an allowed request goes and what it takes along.
struct Route {
    std::shared_ptr<const profile::Profile> profile;  // keeps `host` alive
    const profile::Host* host = nullptr;
    std::uint16_t port = 443;
    bool secure = true;
    LeasePtr lease;         // null: no credential is placed
    bool identity = false;  // the answer is read here, also without a credential: no compression is asked for
    Fields fields = Fields::any;
    bool approved = false;  // by a person, who saw this request alone: on a connection that none used before
    // What another profile says of it; it lives as long as the exchange. None of what was approved.
    std::function<profile::Decision(const profile::Profile&)> again = {};
    std::string rule = {};  // that allows it, by its id
};

// What becomes of a client's fields toward that host. Of one that has a credential in the profile every answer is
// searched, so it is asked for whole, and as it is.
struct Toward {
    const profile::Profile& profile;
    std::string_view host;
    bool lease = false;     // a credential will be placed
    bool identity = false;  // as in Route
    Fields fields = Fields::any;
};
[[nodiscard]] Rewrite fields_toward(const Toward& toward);

// A request's head as it goes up, and what follows from it. With a credential it is whole in locked memory only, and
// only while it is written: a request that waits long for its answer takes no room there.
class OutgoingHead {
  public:
    // From what the client sent: no Authorization of its own toward a host that has a credential, identity encoding
    // where the answer must be searched. `room`: of take_room(), for what must not fail for want of it. The failure:
    // not_sendable.
    static Attempt<OutgoingHead> write(const RequestHead& head, const Route& route, BodyFraming framing,
                                       Secret room = {});
    // Locked memory for a head of that many bytes with its credential. Before an approval is spent on it. The failure:
    // no_memory.
    static Attempt<Secret> take_room(std::size_t head);

    // The failure: no_memory, unreachable.
    Task<Attempt<>> send(Stream& stream);
    [[nodiscard]] BodyFraming framing() const { return framing_; }
    [[nodiscard]] Sharing sharing() const { return sharing_; }
    // No body will come with the answer.
    [[nodiscard]] bool to_head() const { return to_head_; }
    // It can be sent again when nothing of an answer came.
    [[nodiscard]] bool repeatable() const { return repeatable_; }

  private:
    Attempt<Secret> place();

    std::string plain_;
    LeasePtr lease_;  // null: nothing is placed
    Secret room_;
    BodyFraming framing_;
    Sharing sharing_ = Sharing::alone;
    bool to_head_ = false;
    bool repeatable_ = false;
};

// What every exchange works with; it outlives them all.
struct ServerPeers {
    Executor executor;
    Gate& gate;
    Upstream& upstream;
    Flows& flows;
};

class Exchange {
  public:
    Exchange(const ServerPeers& peers, Route route);

    // Until the head of the final answer is there. Nothing goes up before it is known what to look for in the answer.
    // `client` is the stream that `body` is read from. The body goes on meanwhile: finish() must be awaited afterwards,
    // also on failures: those of the server (unreachable, broken_answer), of the gatekeeper (gate_gone,
    // search_refused), no_memory and cut_off. Where our own side ended it own_failure() says more.
    Task<Attempt<>> start(OutgoingHead& head, Outgoing& body, Stream& client);
    [[nodiscard]] const ResponseHead& answer() const { return connection_->reader.head(); }
    // The next piece of the answer may take as long as its head.
    void keep_waiting();
    // What must be looked for in it; null: nothing.
    [[nodiscard]] const EchoesPtr& echoes() const { return echoes_; }
    [[nodiscard]] const Route& route() const { return route_; }
    // It came packed and is given out unpacked, because it is read here or must be searched.
    [[nodiscard]] bool unpacks() const;
    // Why it can be neither read nor searched, nor shown to the agent (unsearchable_answer); nothing: it can.
    [[nodiscard]] std::optional<Failure> unfit() const;
    // The answer's body. After the head has been used: reading moves it.
    [[nodiscard]] DecodedBody& content();
    // The whole request body has gone up.
    [[nodiscard]] bool sent() const { return sent_; }
    // What ended it from our side: the body that should have gone up, or cut_off. It says more than what the server's
    // connection then said.
    [[nodiscard]] std::optional<Failure> own_failure() const;
    // Upstream ended TLS without saying so: an answer without another end may be a part.
    [[nodiscard]] bool ragged() const { return connection_->stream.ragged(); }
    // Why it was cut, as a clause; empty: it was not.
    [[nodiscard]] const std::string& cut() const { return flow_.why(); }
    // The answer begins: from now on the client must see a cut.
    void relaying(Stream& client) { flow_.down(client); }
    // What it came to, once finish() has been awaited.
    [[nodiscard]] const audit::HttpEnd& end() const { return end_; }
    // The answer is over, or nobody wants it: whole and clean connections are kept for others.
    Task<> finish(bool whole);

  private:
    Task<Attempt<>> attempt(OutgoingHead& head, Outgoing& body, Stream& client);
    Task<Attempt<>> read_head(bool to_head);
    [[nodiscard]] std::unexpected<Failure> was_cut() const;
    Task<> upload(Outgoing& body, Stream& client);
    // From here on the connection's bytes are this request's; and they were.
    void begin_count();
    void end_count();

    const ServerPeers& peers_;
    Route route_;
    Flows::Flow flow_;
    UpstreamPtr connection_;
    std::optional<DecodedBody> content_;
    EchoesPtr echoes_;
    BodyFraming framing_;
    Sharing sharing_ = Sharing::alone;
    Stream* client_ = nullptr;  // while uploading
    audit::HttpEnd end_;
    std::uint64_t written_before_ = 0;
    std::uint64_t received_before_ = 0;
    Clock::time_point began_at_ = Clock::now();
    std::string chunk_;
    std::optional<Failure> body_failure_;
    bool sent_ = false;
    bool began_ = false;     // some of the answer has come
    bool answered_ = false;  // its head is there
    bool uploading_ = false;
    bool discard_ = false;
    std::unique_ptr<Signal> uploaded_;
};

}  // namespace anchorhold::egress
