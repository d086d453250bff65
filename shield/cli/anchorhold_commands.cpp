#include <array>

#include "shield/cli/anchorhold_command.hpp"

namespace anchorhold::cli {
namespace {

const std::array kCommands{
    Command{
        "profile check",
        "FILE [--signature SIG --allowed-signers FILE]",
        "Read a profile and say what is wrong with it, where, and what to do.",
        "Prints FILE:LINE:COLUMN: MESSAGE and a hint for each fault. With a signature it also says whether a\n"
        "workstation with these allowed signers would take the profile now.\n\n"
        "exit status: 0 in order, 1 faults, 2 a file cannot be read\n\n"
        "examples:\n"
        "  anchorhold profile check demo.toml\n"
        "  ssh-keygen -Y sign -n anchorhold-profile -f ~/.ssh/id_ed25519 demo.toml\n"
        "  anchorhold profile check demo.toml --signature demo.toml.sig --allowed-signers allowed_signers\n",
        1,
        {"--signature", "--allowed-signers"},
        check_profile,
    },
    Command{
        "profile explain",
        "FILE METHOD URL | FILE push HOST REPOSITORY REF OLD NEW",
        "Say what a profile makes of a request, and of each rule above the one that matched, why it did not.",
        "OLD and NEW are object ids of 40 or 64 hex digits; 0 stands for none (a created or deleted ref).\n"
        "A URL that git would fetch from is judged as a fetch.\n\n"
        "exit status: 0 explained, whatever the verdict; 1 the profile has faults; 2 asked wrongly\n\n"
        "examples:\n"
        "  anchorhold profile explain demo.toml GET https://git.demo.test/status/ready\n"
        "  anchorhold profile explain demo.toml push git.demo.test acme/app refs/heads/main 0 "
        "8d5c1e6a0f3b2c4d5e6f708192a3b4c5d6e7f809\n",
        3,
        {},
        explain_profile,
    },
    Command{
        "audit verify",
        "DIR… [--key FILE] [--witness FILE]",
        "Say whether an audit log is the one that was written, or name the first record that does not fit.",
        "DIR is a copy of /var/lib/anchorhold/audit. --key: the log's verifier key as kept elsewhere; without it the\n"
        "key beside the log is believed. --witness: the checkpoints that the host kept (the port\n"
        "org.anchorhold.audit): with them a log that was cut off or rolled back shows.\n\n"
        "exit status: 0 every record fits, 1 one does not, 2 a log or file cannot be read\n\n"
        "examples:\n"
        "  anchorhold audit verify ./audit\n"
        "  anchorhold audit verify ./audit --key anchor.vkey --witness checkpoints.jsonl\n",
        1,
        {"--key", "--witness"},
        verify_audit,
    },
};

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

}  // namespace anchorhold::cli
