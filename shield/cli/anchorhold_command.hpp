// What a command of `anchorhold` is, and how the table of them is run.
#pragma once

#include <map>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"

namespace anchorhold::cli {

// How a command ends: scripts rely on these.
inline constexpr int kGood = 0;
inline constexpr int kBad = 1;    // what was looked at is not in order
inline constexpr int kUsage = 2;  // asked wrongly, or a file cannot be read

struct Invocation {
    std::vector<std::string> arguments;                       // without options
    std::map<std::string, std::string, std::less<>> options;  // "--signature" → its value
    bool json = false;
    std::ostream& out;
    std::ostream& err;
};

struct Command {
    std::string_view name;                  // "profile check"
    std::string_view arguments;             // "FILE [--signature SIG …]"
    std::string_view what;                  // one line
    std::string_view details;               // for its own --help: arguments, exit status, examples
    std::size_t least;                      // arguments it needs
    std::vector<std::string_view> options;  // each with a value
    int (*run)(Invocation&);
};

// The table, in the order of --help (anchorhold_commands.cpp).
[[nodiscard]] std::span<const Command> commands();

// Finds the command, reads its options, runs it; says what is wrong and how to go on otherwise.
int run(std::span<const Command> table, std::span<const std::string_view> words, std::ostream& out, std::ostream& err);

inline constexpr std::size_t kMaxFile = 16UL * 1024 * 1024;  // bytes that a command reads of a file

int check_profile(Invocation& given);
int explain_profile(Invocation& given);
int verify_audit(Invocation& given);

}  // namespace anchorhold::cli
