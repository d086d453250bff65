#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/cell/readiness.hpp"
#include "init/cell/reaper.hpp"
#include "init/cell/session.hpp"

using namespace anchorhold;

namespace {

Result<> prepare(const std::string& host_key, const std::string& check) {
    if (auto made = cell::ensure_host_key(host_key); !made)
        return made;
    if (auto worked = cell::check_as_session(check); !worked)
        return worked;
    return cell::lower_capabilities();
}

}  // namespace

int main(int count, char** words) {
    if (count < 4) {
        dprintf(STDERR_FILENO, "usage: cell-reaper HOST-KEY CHECK PROGRAM [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    auto done = prepare(words[1], words[2]);
    if (!done)
        cell::tell_init(done.error());
    else
        done = cell::supervise(std::vector<std::string>(words + 3, words + count));
    if (done)
        return EXIT_SUCCESS;
    dprintf(STDERR_FILENO, "cell-reaper: %s\n", done.error().text().c_str());
    return EXIT_FAILURE;
}
