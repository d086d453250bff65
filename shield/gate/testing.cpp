#include "shield/gate/testing.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "shield/profile/ssh_testing.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::string_view kProfile = R"(name = "demo"
version = 3
expires = 2027-06-01T00:00:00Z

[[host]]
name = "git.demo.test"

[[credential]]
name = "git-demo"
kind = "basic"
user = "agent-bot"
hosts = ["git.demo.test"]

[[rule]]
id = "app-fetch"
host = "git.demo.test"
git = "fetch"
repository = "acme/*"
credential = "git-demo"
verdict = "allow"

[[rule]]
id = "app-push"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/*"]
credential = "git-demo"
verdict = "ask"
expires_in = 300

[[rule]]
id = "deploy"
host = "git.demo.test"
methods = ["POST"]
path = "/deploy/**"
verdict = "ask"
expires_in = 60

[[rule]]
id = "status"
host = "git.demo.test"
methods = ["GET"]
path = "/status/**"
verdict = "allow"
)";

template <class T>
T must(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().text());
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

std::pair<UniqueFd, UniqueFd> pair_of_sockets() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        throw std::runtime_error("socketpair");
    const int size = 2 * static_cast<int>(kMaxPacket);
    for (const int fd : fds)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Until nothing is left that is not a timer in the future.
void run_dry(EventLoop& loop) {
    while (sd_event_run(loop.raw(), 0) > 0) {
    }
}

}  // namespace

void FakePeer::say(const json::object& message) {
    json::object whole = message;
    if (!session.empty())
        whole.emplace("session", session);
    if (!peer.empty())
        whole.emplace("peer", peer);
    must(send_message(fd_.get(), whole));
}

void FakePeer::say_raw(std::string_view packet) {
    if (send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0)
        throw std::runtime_error("send");
}

void FakePeer::drain() {
    for (;;) {
        run_dry(loop_);
        auto message = receive_message(fd_.get());
        if (!message)
            return;
        if (!*message) {
            ended_ = true;
            return;
        }
        if (const auto bytes = integer_member(**message, "secret_bytes"); bytes) {
            std::string secret(static_cast<std::size_t>(*bytes), '\0');
            if (receive_secret(fd_.get(), secret) != secret.size())
                throw std::runtime_error("the secret does not follow its message");
            (**message)["secret"] = secret;
        }
        if (const auto type = text_member(**message, "type"); type == "state" || type == "status")
            state_ = std::move(**message);
        else
            heard_.push_back(std::move(**message));
    }
}

json::object FakePeer::hear() {
    drain();
    if (heard_.empty())
        return {};
    json::object first = std::move(heard_.front());
    heard_.erase(heard_.begin());
    return first;
}

json::object FakePeer::call(const json::object& message) {
    say(message);
    return hear();
}

json::object FakePeer::state() {
    drain();
    return state_;
}

bool FakePeer::ended() {
    drain();
    return ended_;
}

FakeAuditor::FakeAuditor(EventLoop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}

void FakeAuditor::start() {
    listener_ = must(listen_channel(path_));
    accepting_ = must(loop_.on_io(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); }));
}

void FakeAuditor::stop() {
    accepting_ = {};
    receiving_ = {};
    listener_.reset();
    connection_.reset();
}

void FakeAuditor::accept() {
    connection_ = must(accept_channel(listener_.get()));
    receiving_ = must(loop_.on_io(connection_.get(), EPOLLIN, [this](std::uint32_t) { receive(); }));
}

void FakeAuditor::receive() {
    const auto message = receive_message(connection_.get());
    if (!message || !*message) {
        receiving_ = {};
        connection_.reset();
        return;
    }
    const auto& list = *array_member(**message, "events").value();
    for (const auto& event : list)
        events.push_back(event.as_object());
    upto_ = integer_member(**message, "first").value() + static_cast<std::int64_t>(list.size()) - 1;
    if (mood == Mood::writes)
        catch_up();
    else if (mood == Mood::fails)
        (void)send_message(connection_.get(), {{"type", "failed"}, {"reason", "the disk is full"}});
}

void FakeAuditor::catch_up() {
    (void)send_message(connection_.get(), {{"type", "durable"}, {"upto", upto_}});
}

std::vector<json::object> FakeAuditor::of_class(int class_uid) const {
    std::vector<json::object> found;
    for (const auto& event : events) {
        if (event.at("class_uid") == class_uid)
            found.push_back(event);
    }
    return found;
}

Bench::Bench(const Options& options)
    : directory_([] {
          std::string name = std::filesystem::temp_directory_path() / "gate-test-XXXXXX";
          if (mkdtemp(name.data()) == nullptr)
              throw std::runtime_error("mkdtemp");
          return name;
      }()),
      loop(must(EventLoop::create())),
      auditor(loop, path("audit")) {
    std::filesystem::create_directory(path("credentials"));
    std::filesystem::create_directory(path("state"));
    profile::Workshop workshop;
    const std::string_view text = options.profile.empty() ? kProfile : std::string_view(options.profile);
    write("allowed_signers", "alice " + workshop.make_key("alice", "ed25519"));
    write("credentials/anchorhold.profile", text);
    if (options.signed_profile)
        write("credentials/anchorhold.profile.sig", workshop.sign("alice", text, "anchorhold-profile"));
    write("credentials/anchorhold.secret.git-demo", std::string(kSecret) + "\n");
    write("credentials/anchorhold.enrol", std::string(kCode) + "\n");
    if (options.passkey) {
        auto passkey = authenticator.passkey();
        passkey.name = "Phone";
        must(passkey::save_store(path("state/passkeys.json"), {.user = Bytes(32, 7), .passkeys = {passkey}}));
    }
    if (options.audit)
        auditor.start();
    restart();
}

Bench::~Bench() {
    gate.reset();
    auditor.stop();
    std::filesystem::remove_all(directory_);
}

void Bench::restart() {
    gate.reset();
    ready = false;
    gate = must(Gate::create(loop, {.credentials = path("credentials"),
                                    .state = path("state"),
                                    .allowed_signers = path("allowed_signers"),
                                    .audit = path("audit"),
                                    .workstation = "anchor",
                                    .now = [this] { return now; },
                                    .ready = [this] { ready = true; },
                                    .status = [this](const std::string& text) { status = text; }}));
    must(gate->serve(must(listen_channel(path("gate")))));
    pump();
}

void Bench::pump() {
    run_dry(loop);
}

void Bench::pass(std::int64_t seconds) {
    now += seconds;
    gate->tick();
    pump();
}

FakePeer Bench::connect(Gate::Role role) {
    auto [ours, theirs] = pair_of_sockets();
    gate->adopt(std::move(theirs), role);
    return {loop, std::move(ours)};
}

FakePeer Bench::watching_console() {
    auto console = connect(Gate::Role::console);
    console.peer = "192.0.2.1";
    console.say({{"type", "watch"}});
    (void)console.state();
    console.session = sign_in(console);
    return console;
}

FakePeer Bench::watching_agent_api() {
    auto agent_api = connect(Gate::Role::agent_api);
    agent_api.say({{"type", "watch"}});
    return agent_api;
}

std::string Bench::sign_in(FakePeer& console) {
    const auto options = console.call({{"type", "login-options"}, {"id", 90}});
    const auto login = text_member(options, "login");
    if (!login)
        return {};
    const auto done = console.call({{"type", "login"},
                                    {"id", 91},
                                    {"login", *login},
                                    {"credential", authenticator.get(sha256(*login))},
                                    {"origin", "http://anchor.shield.localhost:8711"}});
    ++authenticator.sign_count;
    (void)console.state();
    std::erase_if(auditor.events,
                  [](const json::object& event) { return json::serialize(event).contains("console.sign-in"); });
    return std::string(text_member(done, "session").value_or(""));
}

void Bench::write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
}

}  // namespace anchorhold::gate
