#include "shield/cli/hold_command.hpp"

#include <algorithm>
#include <vector>

#include "shield/cli/hold_client.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::cli {
namespace {

constexpr std::string_view kUsage =
    "usage: hold status [--json]\n"
    "       hold why [METHOD] URL [--json]\n"
    "\n"
    "  status  which profile is in force, what waits for a person\n"
    "  why     what the profile says about a request, before it is made\n"
    "\n"
    "METHOD is an HTTP method (default GET), or clone, fetch or push with a repository's URL;\n"
    "push takes a ref as fragment: hold why push https://git.demo.test/acme/app.git#refs/heads/main\n"
    "\n"
    "exit status: 0 ready, allow or ask; 1 not ready (what must be asked could not be answered), deny; 2 asked "
    "wrongly; 3 the shield is not running\n";

int gone(const Error& error, bool as_json, std::ostream& out, std::ostream& err) {
    if (as_json)
        out << json::serialize(json::object{{"error", error.detail}}) << '\n';
    else
        err << "hold: " << error.detail << " (" << error.tried << ' ' << error.object << ")\n";
    return kHoldGone;
}

int status(const std::string& address, bool as_json, std::ostream& out, std::ostream& err) {
    const auto answer = ask_status(address);
    if (!answer)
        return gone(answer.error(), as_json, out, err);
    if (as_json) {
        out << json::serialize(json::object{{"profile", answer->profile},
                                            {"version", answer->version},
                                            {"state", answer->state},
                                            {"detail", answer->detail},
                                            {"pending", json::array(answer->pending.begin(), answer->pending.end())}})
            << '\n';
    } else {
        out << "profile  ";
        if (answer->profile.empty())
            out << "none\n";
        else
            out << answer->profile << ", version " << answer->version << '\n';
        const bool ready = answer->state == "ready";
        out << "state    " << (ready ? "" : "not ready, ") << answer->state << ": " << answer->detail << '\n';
        out << "waiting  ";
        if (answer->pending.empty())
            out << "nothing\n";
        for (const auto& line : answer->pending)
            out << (&line == &answer->pending.front() ? "" : "         ") << line << '\n';
    }
    return answer->state == "ready" ? kHoldYes : kHoldNo;
}

int why(const std::string& address, const std::string& method, const std::string& url, bool as_json, std::ostream& out,
        std::ostream& err) {
    const auto answer = ask_why(address, method, url);
    if (!answer)
        return gone(answer.error(), as_json, out, err);
    if (as_json)
        out << json::serialize(
                   json::object{{"verdict", answer->verdict}, {"rule", answer->rule}, {"reason", answer->reason}})
            << '\n';
    else
        out << answer->verdict << ": " << answer->reason << '\n';
    return answer->verdict == "deny" ? kHoldNo : kHoldYes;
}

}  // namespace

int run_hold(std::span<const std::string_view> words, const std::string& address, std::ostream& out,
             std::ostream& err) {
    std::vector<std::string> rest(words.begin(), words.end());
    const bool as_json = std::erase(rest, "--json") > 0;
    if (std::ranges::contains(rest, "--help") || std::ranges::contains(rest, "-h")) {
        out << kUsage;
        return kHoldYes;
    }
    if (rest.size() == 1 && rest[0] == "status")
        return status(address, as_json, out, err);
    if ((rest.size() == 2 || rest.size() == 3) && rest[0] == "why")
        return why(address, rest.size() == 3 ? rest[1] : "GET", rest.back(), as_json, out, err);
    err << kUsage;
    return kHoldUsage;
}

}  // namespace anchorhold::cli
