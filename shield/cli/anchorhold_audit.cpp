#include "shield/audit/verify.hpp"
#include "shield/cli/anchorhold_command.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::cli {
namespace {

json::object as_json(const std::string& directory, const audit::VerifyReport& report) {
    json::object out{{"directory", directory},    {"ok", !report.misfit},      {"log", report.log},
                     {"records", report.records}, {"covered", report.covered}, {"checkpoints", report.checkpoints}};
    if (report.misfit)
        out["misfit"] = json::object{{"record", report.misfit->record},
                                     {"file", report.misfit->file},
                                     {"line", report.misfit->line},
                                     {"what", report.misfit->what}};
    return out;
}

// The content of the file that the option names; nothing without the option.
Result<std::string> file_of(const Invocation& given, std::string_view option) {
    const auto found = given.options.find(option);
    return found == given.options.end() ? Result<std::string>{} : read_file(found->second, kMaxFile);
}

}  // namespace

int verify_audit(Invocation& given) {
    const auto key = file_of(given, "--key");
    const auto witness = file_of(given, "--witness");
    if (!key || !witness) {
        given.err << "anchorhold: " << (!key ? key.error() : witness.error()).text() << '\n';
        return kUsage;
    }
    int status = kGood;
    for (const std::string& directory : given.arguments) {
        const auto report = audit::verify_log({directory, *key, *witness});
        if (!report) {
            given.err << "anchorhold: " << directory << ": " << report.error().text() << '\n';
            status = kUsage;
            continue;
        }
        if (given.json)
            given.out << json::serialize(as_json(directory, *report)) << '\n';
        else
            given.out << directory << ": " << audit::report_text(*report) << '\n';
        if (report->misfit && status == kGood)
            status = kBad;
    }
    if (key->empty() && !given.json)
        given.err << "note: judged by the key that lies beside each log; --key FILE judges by one kept elsewhere\n";
    return status;
}

}  // namespace anchorhold::cli
