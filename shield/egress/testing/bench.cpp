#include "shield/egress/testing/bench.hpp"

#include <stdlib.h>
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "shield/egress/session.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::egress::testing {

const std::string_view kProfile =
    "name = \"demo\"\nversion = 1\nexpires = 2099-01-01T00:00:00Z\n"
    "[[host]]\nname = \"a.test\"\nports = [80, 443]\n"
    "[[rule]]\nid = \"free\"\nhost = \"a.test\"\ngit = \"push\"\nrepository = \"acme/*\"\n"
    "refs = [\"refs/heads/free/**\"]\nverdict = \"allow\"\n"
    "[[rule]]\nid = \"never\"\nhost = \"a.test\"\ngit = \"push\"\nrepository = \"acme/*\"\n"
    "refs = [\"refs/heads/never\"]\nverdict = \"deny\"\n"
    "[[rule]]\nid = \"push\"\nhost = \"a.test\"\ngit = \"push\"\nrepository = \"acme/*\"\nverdict = \"ask\"\n"
    "[[rule]]\nid = \"open\"\nhost = \"a.test\"\npath = \"/open/**\"\nverdict = \"allow\"\n"
    "[[rule]]\nid = \"ask\"\nhost = \"a.test\"\npath = \"/ask/**\"\nverdict = \"ask\"\n";

namespace {

std::pair<Socket, std::unique_ptr<Far>> socket_pair(Executor executor) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    Socket near(executor);
    near.assign(asio::ip::tcp::v4(), ends[0]);  // Asio needs the family only to open one
    return {std::move(near), std::make_unique<Far>(UniqueFd(ends[1]))};
}

Task<> serve(Services& services, Socket socket, asio::ip::tcp::endpoint dialled, std::shared_ptr<bool> over) {
    co_await serve_connection(services, std::move(socket), dialled);
    *over = true;
}

}  // namespace

void Far::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(end_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        REQUIRE(sent > 0);
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

const std::string& Far::heard() {
    char block[4096];
    for (ssize_t size = 1; size > 0;)
        if (size = ::recv(end_.get(), block, sizeof block, MSG_DONTWAIT); size > 0)
            heard_.append(block, static_cast<std::size_t>(size));
    return heard_;
}

Task<Attempt<UpstreamPtr>> PlayedUpstream::dial(ServerKey server) {
    if (unreachable)
        co_return fail(FailureKind::unreachable, "dial", server.host.name, ECONNREFUSED);
    auto [near, far] = socket_pair(executor_);
    dialled.push_back(std::move(far));
    co_return std::make_unique<UpstreamConnection>(std::move(near), deadlines_, "");
}

UpstreamPtr PlayedUpstream::idle(ServerKey /*server*/) {
    if (kept.empty())
        return nullptr;
    UpstreamPtr found = std::move(kept.front());
    kept.pop_front();
    return found;
}

void PlayedUpstream::keep(UpstreamPtr connection) {
    kept.push_back(std::move(connection));
}

Bench::Bench() : directory_((std::filesystem::temp_directory_path() / "egress-XXXXXX").string()) {
    REQUIRE(prepare_secret_memory());
    REQUIRE(mkdtemp(directory_.data()) != nullptr);
    const auto gate_listener = listen_channel(directory_ + "/gate");
    const auto audit_listener = listen_channel(directory_ + "/audit");
    REQUIRE((gate_listener && audit_listener));
    gate_.emplace(executor(), directory_ + "/gate");
    audit_.emplace(executor(), directory_ + "/audit");
    ends_.emplace(*audit_);
    spawn(executor(), gate_->keep([] {}));
    spawn(executor(), audit_->keep([] {}));
    accept(gate_peer_, gate_listener->get());
    accept(audit_peer_, audit_listener->get());
    (void)gate_hears("policy");
    gate_says({{"type", "policy"}, {"profile", kProfile}});
    REQUIRE(until([&] { return gate_->answered() && audit_->ready(); }));
    REQUIRE(profile());
    names_.learn(*profile());

    auto authority = Authority::open(directory_);
    REQUIRE(authority);
    authority_.emplace(std::move(*authority));
    auto agent_tls = AgentTls::create(*authority_);
    REQUIRE(agent_tls);
    agent_tls_.emplace(std::move(*agent_tls));
    conversations_.emplace(executor(), deadlines_, *gate_, *audit_, *ends_, refused_requests_);
    servers_.emplace(executor(), *gate_, upstream_, flows_);
    holding_.emplace(ApprovalRequest::Peers{executor(), *gate_, *audit_},
                     [this](std::uint64_t max_bytes) { return Spool::create(directory_, max_bytes); });
    services_.emplace(*conversations_, Ways{*servers_, *holding_}, names_, *agent_tls_);
}

Bench::~Bench() {
    // Whatever waits for a person ends with the gatekeeper, and lets go of it.
    gate_peer_.reset();
    audit_peer_.reset();
    for (int turns = 0; turns < 20; ++turns)
        turn();
    std::filesystem::remove_all(directory_);
}

void Bench::turn() {
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(5));
    read_records();
}

bool Bench::until(const std::function<bool()>& condition) {
    for (int turns = 0; turns < 2000 && !condition(); ++turns)
        turn();
    return condition();
}

void Bench::accept(UniqueFd& peer, int listener) {
    REQUIRE(until([&] {
        if (auto accepted = accept_channel(listener))
            peer = std::move(*accepted);
        return static_cast<bool>(peer);
    }));
}

json::object Bench::gate_hears(std::string_view type) {
    std::optional<json::object> message;
    until([&] {
        if (auto received = receive_message(gate_peer_.get()))
            message = std::move(*received);
        return message.has_value();
    });
    REQUIRE(message);
    REQUIRE(text_member(*message, "type") == type);
    return std::move(*message);
}

bool Bench::gate_hears_nothing() {
    turn();
    return !receive_message(gate_peer_.get());
}

void Bench::gate_says(const json::object& message) const {
    REQUIRE(send_message(gate_peer_.get(), message));
}

void Bench::gate_takes(const json::object& ask) const {
    gate_says({{"type", "pending"},
               {"id", ask.at("id")},
               {"request", "r1"},
               {"url", "http://anchor.test/r1"},
               {"expires", 4'000'000'000},
               {"approvers", 1}});
}

void Bench::gate_decides(const json::object& ask, std::string_view verdict, std::string_view reason) const {
    gate_says({{"type", "verdict"},
               {"id", ask.at("id")},
               {"request", "r1"},
               {"verdict", verdict},
               {"reason", reason},
               {"by", "Ada"}});
}

void Bench::gate_dies() {
    gate_peer_.reset();
    REQUIRE(until([&] { return !gate_->up(); }));
}

void Bench::audit_dies() {
    audit_peer_.reset();
    REQUIRE(until([&] { return !audit_->up(); }));
}

void Bench::read_records() {
    while (audit_peer_) {
        const auto message = receive_message(audit_peer_.get());
        if (!message || !*message)
            return;
        const auto events = array_member(**message, "events");
        const auto first = integer_member(**message, "first");
        if (!events || !first)
            continue;
        for (const json::value& event : **events)
            records_.push_back(canonical(event).value_or(""));
        const auto upto = *first + static_cast<std::int64_t>((*events)->size()) - 1;
        (void)send_message(audit_peer_.get(), {{"type", "durable"}, {"upto", upto}});
    }
}

const std::vector<std::string>& Bench::records() {
    return records_;
}

bool Bench::recorded(std::string_view text) {
    return until([&] {
        for (const std::string& record : records_)
            if (record.contains(text))
                return true;
        return false;
    });
}

std::pair<Socket, std::unique_ptr<Far>> Bench::connect() {
    return socket_pair(executor());
}

Bench::Client Bench::client() {
    Client made;
    auto [near, far] = connect();
    made.far = std::move(far);
    const auto address = names_.addresses_of("a.test");
    REQUIRE(address);
    spawn(executor(), serve(*services_, std::move(near), {address->v4, 80}, made.over));
    return made;
}

}  // namespace anchorhold::egress::testing
