#include <chrono>
#include <format>
#include <optional>

#include "shield/cli/anchorhold_command.hpp"
#include "shield/message/canonical_json.hpp"
#include "shield/profile/accept.hpp"
#include "shield/profile/warnings.hpp"

namespace anchorhold::cli {
namespace {

struct Report {
    std::string file;
    std::vector<profile::Problem> problems;
    std::vector<profile::Problem> warnings;  // it would be taken all the same
    std::optional<profile::Profile> profile;
    std::optional<profile::Accepted> accepted;  // with a signature only
    std::optional<profile::Refused> refused;

    [[nodiscard]] bool in_order() const { return problems.empty() && !refused; }
};

std::string moment(std::chrono::sys_seconds when) {
    return std::format("{:%FT%TZ}", when);
}

json::array as_json(const std::vector<profile::Problem>& problems) {
    json::array out;
    for (const profile::Problem& problem : problems)
        out.push_back(json::object{{"line", problem.at.line},
                                   {"column", problem.at.column},
                                   {"message", problem.message},
                                   {"hint", problem.hint}});
    return out;
}

json::object as_json(const Report& report) {
    json::object out{{"file", report.file}, {"ok", report.in_order()}};
    out["problems"] = as_json(report.problems);
    out["warnings"] = as_json(report.warnings);
    if (report.profile)
        out["profile"] = json::object{{"name", report.profile->name},
                                      {"version", report.profile->version},
                                      {"expires", moment(report.profile->expires)},
                                      {"digest", to_hex(report.profile->digest)}};
    if (report.accepted)
        out["signature"] = json::object{
            {"ok", true}, {"signer", report.accepted->signer}, {"fingerprint", report.accepted->fingerprint}};
    if (report.refused)
        out["signature"] = json::object{
            {"ok", false}, {"refusal", to_text(report.refused->why)}, {"reason", report.refused->error.text()}};
    return out;
}

void print_text(const std::string& file, std::string_view kind, const std::vector<profile::Problem>& problems,
                std::ostream& out) {
    for (const profile::Problem& problem : problems) {
        out << file << ':' << problem.at.line << ':' << problem.at.column << ": " << kind << problem.message << '\n';
        if (!problem.hint.empty())
            out << "    hint: " << problem.hint << '\n';
    }
}

void print_text(const Report& report, std::ostream& out) {
    print_text(report.file, "", report.problems, out);
    if (report.profile)
        out << report.file << ": " << title(*report.profile) << ", " << report.profile->hosts.size() << " hosts, "
            << report.profile->credentials.size() << " credentials, " << report.profile->rules.size()
            << " rules, expires " << moment(report.profile->expires) << "\n    sha256 "
            << to_hex(report.profile->digest) << '\n';
    print_text(report.file, "warning: ", report.warnings, out);
    if (report.accepted)
        out << "    signed by " << report.accepted->signer << ' ' << report.accepted->fingerprint << '\n';
    if (report.refused)
        out << report.file << ": would not be taken: " << report.refused->error.text() << '\n';
}

// What check() cannot know without a clock, and the size that a workstation takes.
void judge_use(Report& report, std::size_t size, std::chrono::sys_seconds now) {
    if (report.profile && expired(*report.profile, now))
        report.problems.push_back({{1, 1},
                                   "the profile expired at " + moment(report.profile->expires),
                                   "set expires to a later time and raise version"});
    if (size > profile::kMaxAcceptedText)
        report.problems.push_back({{1, 1},
                                   "the text is larger than " + std::to_string(profile::kMaxAcceptedText / 1024) +
                                       " KiB, more than a "
                                       "workstation takes",
                                   "use fewer or wider rules"});
}

int unreadable(Invocation& given, const Error& error) {
    given.err << "anchorhold: " << error.text() << '\n';
    return kUsage;
}

}  // namespace

int check_profile(Invocation& given) {
    Report report;
    report.file = given.arguments.front();
    const auto text = read_file(report.file, kMaxFile);
    if (!text)
        return unreadable(given, text.error());
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());

    if (auto checked = profile::check(*text))
        report.profile = std::move(*checked);
    else
        report.problems = std::move(checked.error());
    judge_use(report, text->size(), now);
    if (report.profile)
        report.warnings = profile::warnings(*report.profile);

    const auto signature_path = given.options.find("--signature");
    const auto signers_path = given.options.find("--allowed-signers");
    if ((signature_path == given.options.end()) != (signers_path == given.options.end())) {
        given.err << "anchorhold: --signature and --allowed-signers go together\n";
        return kUsage;
    }
    if (signature_path != given.options.end()) {
        const auto signature = read_file(signature_path->second, kMaxFile);
        const auto signers = read_file(signers_path->second, kMaxFile);
        if (!signature || !signers)
            return unreadable(given, !signature ? signature.error() : signers.error());
        auto accepted = profile::accept({*text, *signature, *signers, now});
        if (accepted)
            report.accepted = std::move(*accepted);
        else
            report.refused = std::move(accepted.error());
    }
    if (given.json)
        given.out << json::serialize(as_json(report)) << '\n';
    else
        print_text(report, given.out);
    return report.in_order() ? kGood : kBad;
}

}  // namespace anchorhold::cli
