#include "shield/egress/peers/gate.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <memory>

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

constexpr std::string_view kProfile =
    "name = \"demo\"\nversion = 1\nexpires = 2099-01-01T00:00:00Z\n[[host]]\nname = \"a.test\"\n"
    "[[credential]]\nname = \"one\"\nkind = \"bearer\"\nhosts = [\"a.test\"]\n"
    "[[rule]]\nid = \"r\"\nhost = \"a.test\"\ncredential = \"one\"\nverdict = \"allow\"\n";
constexpr std::string_view kSecret = "a-secret-of-some-length";

// Egress' side, and the gatekeeper played by the test.
class Bench {
  public:
    Bench() {
        REQUIRE(prepare_secret_memory());
        REQUIRE(mkdtemp(directory_.data()) != nullptr);
        const auto listener = listen_channel(directory_ + "/gate");
        REQUIRE(listener);
        gate_.emplace(loop_.get_executor(), directory_ + "/gate");
        spawn(loop_.get_executor(), gate_->keep([] {}));
        until([&] {
            if (auto accepted = accept_channel(listener->get()))
                peer_ = std::move(*accepted);
            return static_cast<bool>(peer_);
        });
        heard("policy");
        tell_policy();
        until([&] { return gate_->answered(); });
        REQUIRE(gate_->policy().profile);
    }
    ~Bench() { std::filesystem::remove_all(directory_); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void tell(const json::object& message) const { REQUIRE(send_message(peer_.get(), message)); }
    void tell_policy() const { tell({{"type", "policy"}, {"profile", kProfile}}); }
    void lend(std::int64_t id, std::int64_t seconds) const {
        tell({{"type", "lease"},
              {"id", id},
              {"kind", "bearer"},
              {"seconds", seconds},
              {"secret_bytes", static_cast<std::int64_t>(kSecret.size())}});
        REQUIRE(::send(peer_.get(), kSecret.data(), kSecret.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(kSecret.size()));
    }
    // The number of the next message, which is of that type.
    std::int64_t heard(std::string_view type) {
        std::optional<json::object> message;
        until([&] {
            if (auto received = receive_message(peer_.get()))
                message = std::move(*received);
            return message.has_value();
        });
        REQUIRE(message);
        CHECK(text_member(*message, "type") == type);
        return integer_member(*message, "id").value_or(0);
    }

    using Asked = std::shared_ptr<std::optional<Attempt<LeasePtr>>>;
    Asked ask() {
        auto answer = std::make_shared<std::optional<Attempt<LeasePtr>>>();
        spawn(loop_.get_executor(),
              [](Gate& gate, Asked to) -> Task<> { *to = co_await gate.lease("one", "a.test", "r"); }(*gate_, answer));
        turn();
        return answer;
    }
    Attempt<LeasePtr> answer(const Asked& asked) {
        until([&] { return asked->has_value(); });
        REQUIRE(asked->has_value());
        return **asked;
    }
    void turn() {
        loop_.restart();
        loop_.run_for(std::chrono::milliseconds(5));
    }
    template <class Condition>
    void until(Condition condition) {
        for (int turns = 0; turns < 2000 && !condition(); ++turns)
            turn();
    }
    [[nodiscard]] const Gate& gate() const { return *gate_; }

  private:
    std::string directory_ = (std::filesystem::temp_directory_path() / "gate-XXXXXX").string();
    asio::io_context loop_;
    std::optional<Gate> gate_;
    UniqueFd peer_;
};

}  // namespace

TEST_CASE("a lease is kept while it lasts a while, and asked for anew before its end") {
    Bench bench;
    for (const std::int64_t seconds : {20, 300}) {
        const auto asked = bench.ask();
        bench.lend(bench.heard("lease"), seconds);
        CHECK(bench.answer(asked));
    }
    CHECK(bench.answer(bench.ask()));  // without another word to the gatekeeper
}

TEST_CASE("a lease that is withheld in the same turn is neither used nor kept") {
    Bench bench;
    const auto asked = bench.ask();
    bench.lend(bench.heard("lease"), 300);
    bench.tell({{"type", "withheld"}, {"credential", "one"}});
    const auto refused = bench.answer(asked);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.contains("withheld"));
    CHECK(bench.gate().withheld("one"));
    CHECK_FALSE(bench.gate().withheld("two"));
    const auto again = bench.ask();
    bench.tell({{"type", "refused"}, {"id", bench.heard("lease")}, {"reason", "it is withheld"}});
    CHECK_FALSE(bench.answer(again));
}

TEST_CASE("a lease of a profile that is replaced in the same turn is neither used nor kept") {
    Bench bench;
    const auto asked = bench.ask();
    bench.lend(bench.heard("lease"), 300);
    bench.tell_policy();
    CHECK_FALSE(bench.answer(asked));
    const auto again = bench.ask();
    bench.lend(bench.heard("lease"), 300);
    CHECK(bench.answer(again));
}
