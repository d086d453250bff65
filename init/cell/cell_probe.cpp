// Runs inside a cell under test: `cell-probe call NAME [ARGUMENT...]` prints the errno that the raw call gets, 0 for
// none; `cell-probe orphans N` leaves N children behind for pid 1 and ends.
#include <seccomp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

int call(int count, char** words) {
    const int number = seccomp_syscall_resolve_name(words[0]);
    std::array<long, 6> arguments{};
    for (int at = 1; at < count && at <= 6; ++at)
        arguments[static_cast<std::size_t>(at - 1)] = static_cast<long>(std::strtoull(words[at], nullptr, 0));
    errno = 0;
    const long answer =
        syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    std::printf("%d\n", answer == -1 ? errno : 0);
    return EXIT_SUCCESS;
}

// Twice forked, so that each is an orphan at once.
int orphans(long count) {
    for (long made = 0; made < count; ++made) {
        const pid_t child = fork();
        if (child < 0)
            return EXIT_FAILURE;
        if (child == 0)
            _exit(0);
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** words) {
    if (count >= 3 && std::string_view(words[1]) == "call")
        return call(count - 2, words + 2);
    if (count == 3 && std::string_view(words[1]) == "orphans")
        return orphans(std::strtol(words[2], nullptr, 10));
    return 2;
}
