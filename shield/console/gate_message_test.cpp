#include "shield/console/gate_message.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::console;

namespace {

constexpr std::string_view kOrigin = "http://anchor.shield.localhost:8711";

const Sender kSender{.origin = std::string(kOrigin), .session = "c2Vj", .client = {"\xc0\x00\x02\x07", 4}};

std::string message(std::string_view call, std::string_view body) {
    const auto made = gate_message(call, 7, body, kSender);
    return made ? *canonical(*made) : made.error().detail;
}

json::object object(std::string_view text) {
    return parse_json(text)->get_object();
}

}  // namespace

TEST_CASE("calls become the gatekeeper's messages") {
    CHECK(message("register-options", R"({"code":"abc"})") ==
          R"({"code":"abc","id":7,"peer":"192.0.2.7","type":"register-options"})");
    CHECK(message("deny", R"({"request":"r1","reason":""})") ==
          R"({"id":7,"reason":"","request":"r1","session":"c2Vj","type":"deny"})");
    CHECK(
        message("approve", R"({"request":"r1","credential":{"id":"AA"}})") ==
        R"({"credential":{"id":"AA"},"id":7,"origin":"http://anchor.shield.localhost:8711","request":"r1","session":"c2Vj","type":"approve"})");
}

TEST_CASE("the page cannot say what is not its to say") {
    for (const auto* body :
         {R"({"request":"r1"})", R"({"request":"r1","credential":"AA"})", R"({"request":1,"credential":{}})",
          R"({"request":"r1","credential":{},"origin":"http://evil.example"})",
          R"({"request":"r1","credential":{},"type":"deny"})", R"({"request":"r1","credential":{},"id":1})",
          R"({"request":"r1","credential":{"n":1.5}})", R"(["r1"])", R"({"request":"r1","credential":{}} x)", ""}) {
        INFO(body);
        CHECK_FALSE(gate_message("approve", 7, body, kSender));
    }
    CHECK_FALSE(gate_message("watch", 7, "{}", kSender));
    CHECK_FALSE(gate_message("approve-options", 7, R"({"request":")" + std::string(129, 'r') + "\"}", kSender));
}

TEST_CASE("the gatekeeper's answers become the page's") {
    CHECK(reply_of("deny", object(R"({"type":"done","id":7})"), kOrigin).status == 200);
    const auto refused = reply_of("deny", object(R"({"type":"refused","id":7,"reason":"it has expired"})"), kOrigin);
    CHECK(refused.status == 409);
    CHECK(refused.text == R"({"error":"it has expired"})");
    const auto options = reply_of("approve-options",
                                  object(R"({"type":"approve-options","id":7,"challenge":"AA","allow":[]})"), kOrigin);
    CHECK(options.status == 200);
    CHECK(*parse_json(options.text) == *parse_json(R"({"challenge":"AA","allow":[]})"));
    CHECK(reply_of("deny", object(R"({"type":"approve-options","id":7})"), kOrigin).status == 502);
}

TEST_CASE("a state becomes one event, on one line") {
    const auto event =
        state_event(object(R"({"type":"state","profile":{"name":"demo"},"passkeys":1,"requests":[{"request":"a\nb"}],)"
                           R"("recent":[],"more":"dropped"})"),
                    kOrigin, 1790000000);
    REQUIRE(event);
    CHECK(*event ==
          "event: state\ndata: {\"address\":\"http://anchor.shield.localhost:8711\",\"gate\":\"up\",\"now\":1790000000,"
          "\"passkeys\":1,\"profile\":{\"name\":\"demo\"},\"recent\":[],\"requests\":[{\"request\":\"a\\nb\"}],"
          "\"sessions\":[],\"signed_in\":true,\"withheld\":[]}\n\n");
    CHECK_FALSE(state_event(object(R"({"type":"state","passkeys":1,"requests":{},"recent":[]})"), kOrigin, 0));
    CHECK(down_event(kOrigin, 5).contains("\"gate\":\"down\""));
}

TEST_CASE("our cookie is found among others, and what cannot be a session is none") {
    CHECK(session_of("anchorhold-session=AAAA") == "AAAA");
    CHECK(session_of("a=b; anchorhold-session=AAAA; c=d") == "AAAA");
    CHECK(session_of("a=b;anchorhold-session=AAAA") == "AAAA");
    for (const auto* none : {"", ";", "anchorhold-session", "anchorhold-session=", "xanchorhold-session=AAAA",
                             "anchorhold-sessions=AAAA", "anchorhold-session=A\"A", "anchorhold-session=AA AA", "=;=;"})
        CHECK(session_of(none).empty());
    CHECK(session_of("anchorhold-session=" + std::string(65, 'A')).empty());
}

TEST_CASE("a cookie is Secure where the page is") {
    const auto done = object(R"({"type":"done","id":7,"session":"c2Vj","seconds":5})");
    CHECK(reply_of("login", done, "https://gate.example").cookie.ends_with("; Secure"));
    CHECK_FALSE(reply_of("login", done, kOrigin).cookie.contains("Secure"));
    CHECK(reply_of("deny", object(R"({"type":"done","id":7})"), kOrigin).cookie.empty());
    CHECK(reply_of("deny", object(R"({"type":"no-session","id":7})"), kOrigin).status == 401);
    CHECK(reply_of("login", object(R"({"type":"refused","id":7,"wait":99})"), kOrigin).wait.count() == 5);
}
