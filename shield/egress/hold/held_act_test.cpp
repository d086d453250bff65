#include "shield/egress/hold/held_act.hpp"

#include <fcntl.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "shield/egress/testing/bench.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace std::chrono_literals;
using egress::testing::Bench;
using egress::testing::Far;
using WhenClientLeaves = HoldOptions::WhenClientLeaves;

namespace {

constexpr std::string_view kBody = "amount=5";

// Says what it was called for.
class PlayedProtocol final : public HoldProtocol {
  public:
    [[nodiscard]] HoldOptions options() const override { return asked_for; }
    Task<Attempt<>> open_body() override {
        said += "open ";
        co_return Attempt<>{};
    }
    Task<Attempt<json::object>> read_facts(const Spool& spool) override {
        said += "facts ";
        ++readings;
        json::object facts{{"kind", "test"}, {"body_bytes", spool.size()}};
        if (changes && readings > 1)
            facts["body_bytes"] = 0;
        co_return facts;
    }
    Task<Attempt<>> begin_waiting() override {
        said += "begin ";
        co_return Attempt<>{};
    }
    Task<Attempt<>> tell_waiting(const ApprovalRequest& request) override {
        said += "waiting:" + request.id() + " ";
        co_return Attempt<>{};
    }
    Task<Attempt<>> tell_still_waiting(const ApprovalRequest& /*request*/) override {
        ++signs;
        co_return Attempt<>{};
    }
    Attempt<> prepare_sending() override {
        said += "prepare ";
        return {};
    }
    Task<Attempt<>> record_approved(const ApprovalRequest& /*request*/) override {
        said += "record ";
        co_return Attempt<>{};
    }
    Task<bool> send(const Spool& spool, LeasePtr lease, const ApprovalRequest& /*request*/) override {
        std::vector<char> body(spool.size());
        CHECK(spool.read(0, body));
        sent.assign(body.data(), body.size());
        CHECK(lease == nullptr);
        said += "send";
        co_return true;
    }
    Task<bool> refuse(const Failure& failure, const ApprovalRequest* request) override {
        failed = failure;
        said += "refuse";
        was_asked = request != nullptr;
        co_return false;
    }

    HoldOptions asked_for{.max_body_bytes = 1 << 20, .piece_within = 10s, .between_signs = 10s};
    bool changes = false;  // the facts, between the two readings
    std::string said;
    std::string sent;
    int readings = 0;
    int signs = 0;
    std::optional<Failure> failed;
    bool was_asked = false;
};

Task<> run(Holding& holding, PlayedProtocol& protocol, HeldBy by, Stream& client, Input& input, BodyFraming framing,
           std::optional<bool>& result) {
    Body body(client, input, framing, Sender::client);
    HeldAct act(holding, protocol, by);
    result = co_await act.run({}, body, client);
}

// One held act, by the rule "ask" of a.test.
struct Held {
    explicit Held(Bench& at, BodyFraming body_framing = {BodyKind::length, kBody.size()})
        : bench(at), profile(at.profile()), framing(body_framing) {
        auto [near, other] = bench.connect();
        far = std::move(other);
        client.emplace(std::move(near), bench.deadlines());
    }
    void start() {
        const profile::Rule& rule = profile->rules.back();
        spawn(bench.executor(),
              run(bench.holding(), protocol, {*profile, rule, false}, *client, input, framing, result));
        bench.turn();
    }
    // Up to the question.
    json::object ask() {
        far->send(kBody);
        start();
        json::object asked = bench.gate_hears("ask");
        bench.gate_takes(asked);
        REQUIRE(bench.until([&] { return protocol.said.contains("waiting:r1"); }));
        return asked;
    }
    [[nodiscard]] std::optional<FailureKind> refused() {
        REQUIRE(bench.until([&] { return result.has_value(); }));
        CHECK(protocol.sent.empty());
        return protocol.failed ? std::optional(protocol.failed->kind) : std::nullopt;
    }

    Bench& bench;
    std::shared_ptr<const profile::Profile> profile;
    BodyFraming framing;
    std::unique_ptr<Far> far;
    std::optional<Stream> client;
    Input input;
    PlayedProtocol protocol;
    std::optional<bool> result;
};

// The approval is spent on these facts.
json::object consumed(Bench& bench) {
    json::object consume = bench.gate_hears("consume");
    CHECK(consume.at("request") == json::value("r1"));
    return consume;
}

void let_consume(Bench& bench, const json::object& consume) {
    bench.gate_says({{"type", "lease"}, {"id", consume.at("id")}, {"kind", "none"}, {"seconds", 60}});
}

}  // namespace

TEST_CASE("an approved act is sent once its record is made, as the bytes that were asked about") {
    Bench bench;
    Held held(bench);
    const json::object asked = held.ask();
    CHECK(asked.at("rule") == json::value("ask"));
    CHECK(held.protocol.sent.empty());
    bench.gate_decides(asked, "approved");
    const json::object consume = consumed(bench);
    CHECK(consume.at("action") == asked.at("action"));
    CHECK_FALSE(held.protocol.said.contains("record"));
    let_consume(bench, consume);
    REQUIRE(bench.until([&] { return held.result.has_value(); }));
    CHECK(*held.result);
    CHECK(held.protocol.sent == kBody);
    CHECK(held.protocol.said == "open facts begin waiting:r1 facts prepare record send");
}

TEST_CASE("a no is refused as what it was, and nothing is sent") {
    struct Row {
        std::string_view verdict;
        FailureKind kind;
    };
    for (const Row& row : {Row{"denied", FailureKind::denied}, Row{"expired", FailureKind::expired},
                           Row{"refused", FailureKind::withdrawn}}) {
        INFO(row.verdict);
        Bench bench;
        Held held(bench);
        bench.gate_decides(held.ask(), row.verdict, "not now");
        CHECK(held.refused() == row.kind);
        CHECK(held.protocol.was_asked);
        CHECK(held.protocol.readings == 1);
    }
}

TEST_CASE("a person's words are told as that person's") {
    Bench bench;
    Held held(bench);
    bench.gate_decides(held.ask(), "denied", "not now");
    CHECK(held.refused() == FailureKind::denied);
    CHECK(held.protocol.failed->reason() == "denied by a person (Ada), who wrote: \"not now\"");
}

TEST_CASE("a client that goes away while it waits takes its question along") {
    Bench bench;
    Held held(bench);
    const json::object asked = held.ask();
    held.far->close();
    CHECK(held.refused() == FailureKind::client_gone);
    CHECK(bench.gate_hears("cancel").at("id") == asked.at("id"));
}

TEST_CASE("a question that is kept stays when its client goes, and one identical act spends the answer") {
    Bench bench;
    Held first(bench);
    first.protocol.asked_for.when_client_leaves = WhenClientLeaves::keep;
    const json::object asked = first.ask();
    first.far->close();
    CHECK(first.refused() == FailureKind::client_gone);
    CHECK(bench.gate_hears_nothing());

    Held again(bench);
    Held late(bench);
    for (Held* each : {&again, &late}) {
        each->protocol.asked_for.when_client_leaves = WhenClientLeaves::keep;
        each->far->send(kBody);
        each->start();
        REQUIRE(bench.until([&] { return each->protocol.said.contains("waiting:r1"); }));
    }
    bench.gate_decides(asked, "approved");
    let_consume(bench, consumed(bench));
    REQUIRE(bench.until([&] { return again.result && late.result; }));
    CHECK((again.protocol.sent == kBody) != (late.protocol.sent == kBody));
    CHECK((again.protocol.failed ? again : late).protocol.failed->kind == FailureKind::spent);
}

TEST_CASE("a client that waits no longer is told so, and finds the answer when it comes again") {
    Bench bench;
    Held first(bench);
    first.protocol.asked_for.when_client_leaves = WhenClientLeaves::keep;
    first.protocol.asked_for.patience = 100ms;
    const json::object asked = first.ask();
    CHECK(first.refused() == FailureKind::pending);
    bench.gate_decides(asked, "denied");
    Held again(bench);
    again.protocol.asked_for.when_client_leaves = WhenClientLeaves::keep;
    again.far->send(kBody);
    again.start();
    CHECK(again.refused() == FailureKind::denied);
}

TEST_CASE("a waiting client is told that it still waits") {
    Bench bench;
    Held held(bench);
    held.protocol.asked_for.between_signs = 10ms;
    const json::object asked = held.ask();
    CHECK(bench.until([&] { return held.protocol.signs >= 2; }));
    bench.gate_decides(asked, "denied");
    CHECK(held.refused() == FailureKind::denied);
}

TEST_CASE("facts that changed in between reach the gatekeeper, whose no ends it") {
    Bench bench;
    Held held(bench);
    held.protocol.changes = true;
    const json::object asked = held.ask();
    bench.gate_decides(asked, "approved");
    const json::object consume = consumed(bench);
    CHECK(consume.at("action") != asked.at("action"));
    bench.gate_says({{"type", "refused"}, {"id", consume.at("id")}, {"reason", "not the bytes that were approved"}});
    CHECK(held.refused() == FailureKind::consume_refused);
    CHECK(held.protocol.failed->reason() == "not the bytes that were approved");
    CHECK_FALSE(held.protocol.said.contains("record"));
}

TEST_CASE("without gatekeeper or auditor nobody is waited for") {
    SECTION("the gatekeeper goes while it waits") {
        Bench bench;
        Held held(bench);
        (void)held.ask();
        bench.gate_dies();
        CHECK(held.refused() == FailureKind::gate_gone);
    }
    SECTION("the gatekeeper goes before the approval is spent") {
        Bench bench;
        Held held(bench);
        bench.gate_decides(held.ask(), "approved");
        (void)consumed(bench);
        bench.gate_dies();
        CHECK(held.refused() == FailureKind::gate_gone);
    }
    SECTION("the auditor goes while it waits") {
        Bench bench;
        Held held(bench);
        (void)held.ask();
        bench.audit_dies();
        CHECK(held.refused() == FailureKind::auditor_gone);
        (void)bench.gate_hears("cancel");
    }
    SECTION("the gatekeeper refuses the question") {
        Bench bench;
        Held held(bench);
        held.far->send(kBody);
        held.start();
        bench.gate_says({{"type", "refused"}, {"id", bench.gate_hears("ask").at("id")}, {"reason", "too many"}});
        CHECK(held.refused() == FailureKind::ask_refused);
    }
}

TEST_CASE("nobody is asked about a body that does not come whole") {
    Bench bench;
    SECTION("its client goes away") {
        Held held(bench);
        held.far->send("amo");
        held.start();
        held.far->close();
        CHECK(held.refused() == FailureKind::client_gone);
    }
    SECTION("a chunk is broken") {
        Held held(bench, {BodyKind::chunked, 0});
        held.far->send("3\r\nabc\r\n-0x0\r\n");
        held.start();
        CHECK(held.refused() == FailureKind::malformed);
    }
    SECTION("it is too large") {
        Held held(bench);
        held.protocol.asked_for.max_body_bytes = 4;
        held.far->send(kBody);
        held.start();
        CHECK(held.refused() == FailureKind::too_large);
    }
    SECTION("the disk is full") {
        bench.holding().make_spool = [](std::uint64_t max_bytes) -> Attempt<Spool> {
            return Spool(UniqueFd(open("/dev/full", O_RDWR | O_CLOEXEC)), max_bytes);
        };
        Held held(bench);
        held.far->send(kBody);
        held.start();
        CHECK(held.refused() == FailureKind::disk_full);
        CHECK(held.protocol.failed->reason() == "the workstation's state disk is full");
    }
    SECTION("there is no directory to keep it in") {
        bench.holding().make_spool = [](std::uint64_t max_bytes) { return Spool::create("/nowhere", max_bytes); };
        Held held(bench);
        held.start();
        CHECK(held.refused() == FailureKind::storage_failed);
    }
    CHECK(bench.gate_hears_nothing());
}

TEST_CASE("no more than so many questions are kept, and an answered one makes room") {
    Bench bench;
    KeptRequests kept(bench.executor());
    const profile::Rule& rule = bench.profile()->rules.back();
    const auto ask = [&] { return ApprovalRequest::ask(bench.holding().peers, {{"kind", "test"}}, rule); };
    std::vector<json::object> asked;
    for (std::size_t each = 0; each < KeptRequests::kMaxKept; ++each) {
        REQUIRE(kept.find_or_ask(std::to_string(each), ask));
        asked.push_back(bench.gate_hears("ask"));
    }
    const auto refused = kept.find_or_ask("one more", ask);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::busy);
    const auto first = kept.find_or_ask("0", ask);
    REQUIRE(first);
    bench.gate_takes(asked.front());
    bench.gate_decides(asked.front(), "denied");
    REQUIRE(bench.until([&] { return (*first)->verdict().has_value(); }));
    CHECK(kept.find_or_ask("one more", ask));
    // What waits for gate ends with it, and with the requests that are kept here.
    bench.gate_dies();
    for (int turns = 0; turns < 5; ++turns)
        bench.turn();
}
