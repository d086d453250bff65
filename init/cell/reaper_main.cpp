#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/cell/reaper.hpp"

int main(int count, char** words) {
    using namespace anchorhold;
    if (count < 3) {
        std::fputs("usage: cell-reaper HOST-KEY PROGRAM [ARGUMENT...]\n", stderr);
        return EXIT_FAILURE;
    }
    auto done = cell::ensure_host_key(words[1]);
    if (done)
        done = cell::lower_capabilities();
    if (done)
        done = cell::supervise(std::vector<std::string>(words + 2, words + count));
    if (done)
        return EXIT_SUCCESS;
    std::fprintf(stderr, "cell-reaper: %s\n", done.error().text().c_str());
    return EXIT_FAILURE;
}
