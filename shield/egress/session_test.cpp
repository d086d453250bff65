// Connections served whole: session, judge, exchange, and both protocols of held acts.
#include "shield/egress/session.hpp"

#include <fcntl.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdio>

#include "shield/egress/git/wire/pkt_line.hpp"
#include "shield/egress/testing/bench.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using egress::testing::Bench;
using egress::testing::Far;

namespace {

std::string get(std::string_view path, std::string_view host = "a.test") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a.test\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

constexpr std::string_view kGit = "Content-Type: application/x-git-receive-pack-request\r\n";

std::string commands(std::string_view ref, std::string_view capabilities = " report-status side-band-64k") {
    std::string line = std::string(40, '0') + ' ' + std::string(40, '1') + ' ' + std::string(ref);
    line += '\0';
    line += capabilities;
    std::string out;
    write_pkt(out, line);
    return out + "0000";
}

std::string push(std::string_view ref) {
    const std::string empty_pack("PACK\0\0\0\2\0\0\0\0", 12);
    return post("/acme/app.git/git-receive-pack", commands(ref) + empty_pack + std::string(20, 'x'), kGit);
}

std::string broken(std::string_view path, std::string_view more, std::string_view before) {
    std::string out = "POST " + std::string(path) + " HTTP/1.1\r\nHost: a.test\r\n" + std::string(more) +
                      "Transfer-Encoding: chunked\r\n\r\n";
    if (!before.empty()) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", before.size());
        out.append(size).append(before).append("\r\n");
    }
    return out + "-0x0\r\n";
}

bool hears(Bench& bench, Far& far, std::string_view text) {
    const bool heard = bench.until([&] { return far.heard().contains(text); });
    INFO(far.heard());
    CHECK(heard);
    return heard;
}

bool reaches_server(Bench& bench) {
    return bench.until([&] { return !bench.upstream().dialled.empty(); });
}

constexpr std::string_view kReport =
    "002b\x01"
    "000eunpack ok\n0014ok refs/heads/x\n0000"
    "0000";

std::string result_of(std::string_view report) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-receive-pack-result\r\nContent-Length: " +
           std::to_string(report.size()) + "\r\n\r\n" + std::string(report);
}

void approve(Bench& bench, const json::object& asked) {
    bench.gate_decides(asked, "approved");
    const json::object consume = bench.gate_hears("consume");
    CHECK(consume.at("action") == asked.at("action"));
    bench.gate_says({{"type", "lease"}, {"id", consume.at("id")}, {"kind", "none"}, {"seconds", 60}});
}

void fill_the_disk(Bench& bench) {
    bench.holding().make_spool = [](std::uint64_t max_bytes) -> Attempt<Spool> {
        return Spool(UniqueFd(open("/dev/full", O_RDWR | O_CLOEXEC)), max_bytes);
    };
}

}  // namespace

TEST_CASE("an allowed request goes up, and its connections serve the next one") {
    Bench bench;
    auto client = bench.client();
    client.far->send(get("/open/x"));
    REQUIRE(reaches_server(bench));
    CHECK(hears(bench, bench.server(), "GET /open/x HTTP/1.1\r\nHost: a.test\r\n"));
    bench.server().send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(hears(bench, *client.far, "hello"));
    REQUIRE(bench.until([&] { return !bench.upstream().kept.empty(); }));
    client.far->send(get("/open/y"));
    CHECK(hears(bench, bench.server(), "GET /open/y"));
    bench.server().send("HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(hears(bench, *client.far, "204"));
    CHECK(bench.upstream().dialled.size() == 1);
    CHECK(bench.recorded("/open/y"));
}

TEST_CASE("what is not for this connection, not listed or not HTTP is refused without a server") {
    Bench bench;
    SECTION("another host") {
        auto client = bench.client();
        client.far->send(get("/open/x", "b.test"));
        CHECK(hears(bench, *client.far, "HTTP/1.1 421 anchorhold: Host is b.test"));
    }
    SECTION("no rule") {
        auto client = bench.client();
        client.far->send(get("/other"));
        CHECK(hears(bench, *client.far, "HTTP/1.1 403 anchorhold: refused by profile demo version 1"));
    }
    SECTION("ssh") {
        auto client = bench.client();
        client.far->send("SSH-2.0-x\r\n");
        CHECK(hears(bench, *client.far, "SSH-2.0-anchorhold\r\n"));
        CHECK(bench.recorded("neither TLS nor HTTP"));
    }
    SECTION("without auditor") {
        auto client = bench.client();
        bench.audit_dies();
        client.far->send(get("/open/x"));
        CHECK(hears(bench, *client.far, "HTTP/1.1 503 anchorhold: the auditor is not running"));
    }
    SECTION("without gatekeeper") {
        auto client = bench.client();
        bench.gate_dies();
        client.far->send(get("/open/x"));
        CHECK(hears(bench, *client.far, "HTTP/1.1 503 anchorhold: the gatekeeper is not running"));
    }
    CHECK(bench.upstream().dialled.empty());
}

TEST_CASE("what the server's side comes to is told in words") {
    Bench bench;
    auto client = bench.client();
    SECTION("nobody can be reached") {
        bench.upstream().unreachable = true;
        client.far->send(get("/open/x"));
        CHECK(
            hears(bench, *client.far, "HTTP/1.1 502 anchorhold: cannot reach a.test: dial a.test: Connection refused"));
    }
    SECTION("it closes instead") {
        client.far->send(get("/open/x"));
        REQUIRE(reaches_server(bench));
        CHECK(hears(bench, bench.server(), "GET /open/x"));
        bench.server().close();
        CHECK(hears(bench, *client.far, "HTTP/1.1 502 anchorhold: "));
        CHECK(hears(bench, *client.far, "it closed the connection instead"));
    }
    SECTION("its answer is no HTTP") {
        client.far->send(get("/open/x"));
        REQUIRE(reaches_server(bench));
        bench.server().send("nonsense\r\n\r\n");
        CHECK(hears(bench, *client.far, "HTTP/1.1 502 anchorhold: "));
    }
}

TEST_CASE("a broken chunk is the client's fault in every flow") {
    Bench bench;
    auto client = bench.client();
    SECTION("forwarded, at once") {
        client.far->send(broken("/open/x", "", ""));
    }
    SECTION("forwarded, later") {
        client.far->send(broken("/open/x", "", "abc"));
    }
    SECTION("held") {
        client.far->send(broken("/ask/x", "", "abc"));
    }
    SECTION("held push") {
        client.far->send(broken("/acme/app.git/git-receive-pack", kGit, commands("refs/heads/x")));
    }
    SECTION("push") {
        client.far->send(broken("/acme/app.git/git-receive-pack", kGit, commands("refs/heads/free/x")));
    }
    CHECK(hears(bench, *client.far, "HTTP/1.1 400 anchorhold: a chunk size is not hexadecimal digits alone"));
    CHECK(bench.gate_hears_nothing());
}

TEST_CASE("a full disk is this machine's fault, whatever was to be held") {
    Bench bench;
    fill_the_disk(bench);
    auto client = bench.client();
    SECTION("a plain request") {
        client.far->send(post("/ask/x", "amount=5"));
        CHECK(hears(bench, *client.far, "HTTP/1.1 503 anchorhold: the workstation's state disk is full"));
    }
    SECTION("a push") {
        client.far->send(push("refs/heads/x"));
        CHECK(hears(bench, *client.far, "ng refs/heads/x refused: the workstation's state disk is full"));
        CHECK(client.far->heard().starts_with("HTTP/1.1 200 OK\r\n"));
    }
    CHECK(bench.recorded("state disk is full"));
    CHECK(bench.gate_hears_nothing());
}

TEST_CASE("a client that goes away leaves a record and nothing else") {
    Bench bench;
    auto client = bench.client();
    SECTION("within a held body") {
        client.far->send("POST /ask/x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nabc");
    }
    SECTION("within a push that will be held") {
        const std::string whole = push("refs/heads/x");
        client.far->send(std::string_view(whole).substr(0, whole.size() - 4));
    }
    SECTION("within a push's commands") {
        const std::string whole = push("refs/heads/x");
        client.far->send(std::string_view(whole).substr(0, whole.find("refs/heads")));
    }
    SECTION("within the first chunk") {
        client.far->send("POST /open/x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    bench.turn();
    client.far->close();
    CHECK(bench.until([&] { return *client.over; }));
    REQUIRE(bench.until([&] { return !bench.records().empty(); }));
    CHECK(bench.records().size() == 1);
    CHECK(bench.gate_hears_nothing());
    CHECK(bench.upstream().dialled.empty());
}

TEST_CASE("a held request is sent once it is approved, and whoever approved it learns what came of it") {
    Bench bench;
    auto client = bench.client();
    client.far->send(post("/ask/pay", "amount=5"));
    const json::object asked = bench.gate_hears("ask");
    const json::object& action = asked.at("action").as_object();
    CHECK(action.at("kind") == json::value("http.request"));
    CHECK(action.at("body_text") == json::value("amount=5"));
    bench.gate_takes(asked);
    bench.turn();
    CHECK(bench.upstream().dialled.empty());
    approve(bench, asked);
    REQUIRE(reaches_server(bench));
    CHECK(hears(bench, bench.server(), "amount=5"));
    bench.server().send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npaid");
    CHECK(hears(bench, *client.far, "paid"));
    const json::object outcome = bench.gate_hears("outcome");
    CHECK(outcome.at("request") == json::value("r1"));
    CHECK(outcome.at("outcome").at("taken") == json::value(true));
    CHECK(bench.recorded("\"r1\""));
}

TEST_CASE("a held request that is not approved is answered with the reason") {
    Bench bench;
    auto client = bench.client();
    client.far->send(post("/ask/pay", "amount=5"));
    const json::object asked = bench.gate_hears("ask");
    bench.gate_takes(asked);
    SECTION("denied") {
        bench.gate_decides(asked, "denied", "no");
        CHECK(hears(bench, *client.far, "HTTP/1.1 403 anchorhold: denied by a person (Ada), who wrote: \"no\""));
    }
    SECTION("expired") {
        bench.gate_decides(asked, "expired");
        CHECK(hears(bench, *client.far, "HTTP/1.1 403 anchorhold: nobody answered in time"));
    }
    SECTION("its gatekeeper goes") {
        bench.gate_dies();
        CHECK(hears(bench, *client.far, "HTTP/1.1 503 anchorhold: the gatekeeper is not running"));
    }
    SECTION("it cannot be sent") {
        bench.upstream().unreachable = true;
        approve(bench, asked);
        CHECK(hears(bench, *client.far, "HTTP/1.1 502 anchorhold: cannot reach a.test"));
        client.far->close();
        CHECK(bench.gate_hears("outcome").at("outcome").at("status") == json::value(0));
    }
    CHECK(bench.upstream().dialled.empty());
}

TEST_CASE("a held push is sent once it is approved, and its report goes back") {
    Bench bench;
    auto client = bench.client();
    client.far->send(push("refs/heads/x"));
    const json::object asked = bench.gate_hears("ask");
    CHECK(asked.at("action").at("kind") == json::value("git.push"));
    CHECK(asked.at("rule") == json::value("push"));
    bench.gate_takes(asked);
    CHECK(hears(bench, *client.far, "anchorhold: waiting for approval r1 at http://anchor.test/r1"));
    approve(bench, asked);
    REQUIRE(reaches_server(bench));
    CHECK(hears(bench, bench.server(), "PACK"));
    bench.server().send(result_of(kReport));
    CHECK(hears(bench, *client.far, "ok refs/heads/x"));
    CHECK(bench.gate_hears("outcome").at("outcome").at("status") == json::value(200));
}

TEST_CASE("no push is asked about while many are being read, and one that was approved is sent all the same") {
    Bench bench;
    constexpr std::size_t kMany = 1000;
    auto client = bench.client();
    SECTION("before it is asked about") {
        bench.holding().pack_scans = kMany;
        client.far->send(push("refs/heads/x"));
        CHECK(hears(bench, *client.far, "too many pushes are being read just now"));
        CHECK(bench.gate_hears_nothing());
    }
    SECTION("after it was approved") {
        client.far->send(push("refs/heads/x"));
        const json::object asked = bench.gate_hears("ask");
        bench.gate_takes(asked);
        CHECK(hears(bench, *client.far, "waiting for approval r1"));
        bench.holding().pack_scans = kMany;
        approve(bench, asked);
        CHECK(reaches_server(bench));
    }
}

TEST_CASE("a held push that does not go through is reported ref by ref") {
    Bench bench;
    auto client = bench.client();
    client.far->send(push("refs/heads/x"));
    const json::object asked = bench.gate_hears("ask");
    bench.gate_takes(asked);
    CHECK(hears(bench, *client.far, "waiting for approval r1"));
    SECTION("denied") {
        bench.gate_decides(asked, "denied", "no");
        CHECK(hears(bench, *client.far, "ng refs/heads/x refused: denied by a person (Ada)"));
    }
    SECTION("its gatekeeper goes") {
        bench.gate_dies();
        CHECK(hears(bench, *client.far, "ng refs/heads/x refused: the gatekeeper is not running"));
    }
    SECTION("its client goes") {
        client.far->close();
        CHECK(bench.gate_hears("cancel").at("id") == asked.at("id"));
        CHECK(bench.recorded("the client went away while it waited"));
    }
    SECTION("its server cannot be reached") {
        bench.upstream().unreachable = true;
        approve(bench, asked);
        CHECK(hears(bench, *client.far, "ng refs/heads/x approved, but cannot reach a.test"));
    }
    SECTION("its server answers with something else") {
        approve(bench, asked);
        REQUIRE(reaches_server(bench));
        bench.server().send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
        CHECK(hears(bench, *client.far, "ng refs/heads/x approved, but a.test answered 500, not with git's report"));
        CHECK(bench.gate_hears("outcome").at("outcome").at("taken") == json::value(false));
    }
}

TEST_CASE("a push is judged by its refs before anybody is asked") {
    Bench bench;
    auto client = bench.client();
    SECTION("denied") {
        client.far->send(push("refs/heads/never"));
        CHECK(hears(bench, *client.far, "ng refs/heads/never refused by profile demo version 1"));
        CHECK(bench.upstream().dialled.empty());
    }
    SECTION("allowed") {
        client.far->send(push("refs/heads/free/x"));
        REQUIRE(reaches_server(bench));
        CHECK(hears(bench, bench.server(), "PACK"));
    }
    SECTION("without a report it has to be allowed") {
        client.far->send(post("/acme/app.git/git-receive-pack", commands("refs/heads/x", " agent=git/2"), kGit));
        CHECK(hears(bench, *client.far, "HTTP/1.1 403 anchorhold: a push that must be approved needs git's"));
    }
    CHECK(bench.gate_hears_nothing());
}
