#include "shield/cli/anchorhold_command.hpp"

#include <algorithm>

#include "shield/profile/suggest.hpp"

namespace anchorhold::cli {
namespace {

constexpr std::string_view kProgram = "anchorhold";

void print_help(std::span<const Command> table, std::ostream& out) {
    out << "usage: " << kProgram << " COMMAND …\n\n";
    for (const Command& command : table)
        out << "  " << command.name << ' ' << command.arguments << "\n      " << command.what << '\n';
    out << "\n  --json      answer in JSON\n  --help      this, or with a command all about it\n"
           "\nexit status: 0 in order, 1 not in order, 2 asked wrongly or a file cannot be read\n"
           "\nexample: "
        << kProgram << " profile check demo.toml\n";
}

void print_help(const Command& command, std::ostream& out) {
    out << "usage: " << kProgram << ' ' << command.name << ' ' << command.arguments << "\n\n"
        << command.what << "\n\n"
        << command.details;
}

int usage_error(std::ostream& err, std::string_view message, std::string_view hint) {
    err << kProgram << ": " << message << '\n';
    if (!hint.empty())
        err << "  " << hint << '\n';
    return kUsage;
}

// How many leading words are the command's name; 0: another command.
std::size_t name_length(const Command& command, std::span<const std::string_view> words) {
    std::size_t used = 0;
    std::string joined;
    for (const std::string_view word : words) {
        joined += (used == 0 ? "" : " ") + std::string(word);
        ++used;
        if (joined == command.name)
            return used;
        if (!command.name.starts_with(joined))
            break;
    }
    return 0;
}

int unknown_command(std::span<const Command> table, std::span<const std::string_view> words, std::ostream& err) {
    std::string asked;
    for (const std::string_view word : words.first(std::min<std::size_t>(words.size(), 2)))
        asked += (asked.empty() ? "" : " ") + std::string(word);
    std::vector<std::string_view> names;
    for (const Command& command : table)
        names.push_back(command.name);
    const std::string near = profile::suggestion(asked, names);
    return usage_error(err, "no command is called " + profile::in_quotes(asked),
                       near.empty() ? "see anchorhold --help" : near);
}

int run_command(const Command& command, std::span<const std::string_view> words, std::ostream& out, std::ostream& err) {
    Invocation given{{}, {}, false, out, err};
    bool only_arguments = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (only_arguments || !word.starts_with("--")) {
            given.arguments.emplace_back(word);
        } else if (word == "--") {
            only_arguments = true;
        } else if (word == "--help") {
            print_help(command, out);
            return kGood;
        } else if (word == "--json") {
            given.json = true;
        } else if (!std::ranges::contains(command.options, word)) {
            return usage_error(err, profile::in_quotes(word) + " is no option of " + std::string(command.name),
                               "see anchorhold " + std::string(command.name) + " --help");
        } else if (i + 1 == words.size()) {
            return usage_error(err, std::string(word) + " needs a value", {});
        } else {
            given.options[std::string(word)] = words[++i];
        }
    }
    if (given.arguments.size() < command.least)
        return usage_error(err, "too few arguments",
                           "usage: anchorhold " + std::string(command.name) + " " + std::string(command.arguments));
    return command.run(given);
}

}  // namespace

int run(std::span<const Command> table, std::span<const std::string_view> words, std::ostream& out, std::ostream& err) {
    if (words.empty() || words.front() == "--help" || words.front() == "help") {
        print_help(table, words.empty() ? err : out);
        return words.empty() ? kUsage : kGood;
    }
    for (const Command& command : table)
        if (const std::size_t used = name_length(command, words); used != 0)
            return run_command(command, words.subspan(used), out, err);
    return unknown_command(table, words, err);
}

}  // namespace anchorhold::cli
