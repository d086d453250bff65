#include "shield/action/testing.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::action {

json::object push_facts(std::string_view ref) {
    return {{"kind", "git.push"},
            {"host", "git.demo.test"},
            {"port", 443},
            {"method", "POST"},
            {"url", "https://git.demo.test/acme/app.git/git-receive-pack"},
            {"repository", "acme/app"},
            {"updates",
             {{{"ref", ref},
               {"old", std::string(40, '1')},
               {"new", std::string(40, '2')},
               {"kind", "update"},
               {"fast_forward", true}}}},
            {"headers", json::array{}},
            {"commits", 3},
            {"trees", 3},
            {"blobs", 2},
            {"commits_shown",
             json::array{json::object{{"id", std::string(40, '2')}, {"subject", "work"}, {"author", nullptr}}}},
            {"body_sha256", std::string(64, 'a')},
            {"body_bytes", 1234}};
}

json::object request_facts(std::string_view body, const json::value& shown) {
    return {{"kind", "http.request"},
            {"host", "api.demo.test"},
            {"port", 443},
            {"method", "POST"},
            {"url", "https://api.demo.test/deploy/prod?x=1"},
            {"headers", json::array{json::object{{"name", "accept"}, {"value", "*/*"}}}},
            {"body_sha256", to_hex(sha256(body))},
            {"body_bytes", body.size()},
            {"body_text", shown}};
}

json::object with(json::object facts, std::string_view member, json::value value) {
    facts[member] = std::move(value);
    return facts;
}

}  // namespace anchorhold::action
