#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/cell/reaper.hpp"

int main(int count, char** words) {
    using namespace anchorhold;
    if (count < 3) {
        dprintf(STDERR_FILENO, "usage: cell-reaper HOST-KEY PROGRAM [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    auto done = cell::ensure_host_key(words[1]);
    if (done)
        done = cell::lower_capabilities();
    if (done)
        done = cell::supervise(std::vector<std::string>(words + 2, words + count));
    if (done)
        return EXIT_SUCCESS;
    dprintf(STDERR_FILENO, "cell-reaper: %s\n", done.error().text().c_str());
    return EXIT_FAILURE;
}
