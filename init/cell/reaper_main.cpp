#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "init/cell/readiness.hpp"
#include "init/cell/reaper.hpp"
#include "init/cell/session.hpp"
#include "init/cell/session_groups.hpp"

using namespace anchorhold;

namespace {

Result<> prepare(const std::string& groups, const std::string& host_key, const std::string& check) {
    if (groups != cell::kNoGroups) {
        if (auto made = cell::make_groups(groups); !made)
            return made;
    }
    if (auto made = cell::ensure_host_key(host_key); !made)
        return made;
    if (auto worked = cell::check_as_session(check); !worked)
        return worked;
    return cell::lower_capabilities();
}

}  // namespace

int main(int count, char** words) {
    if (count < 5) {
        dprintf(STDERR_FILENO, "usage: cell-reaper GROUPS HOST-KEY CHECK PROGRAM [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    auto done = prepare(words[1], words[2], words[3]);
    if (!done)
        cell::tell_init(done.error());
    else
        done = cell::supervise(std::vector<std::string>(words + 4, words + count));
    if (done)
        return EXIT_SUCCESS;
    dprintf(STDERR_FILENO, "cell-reaper: %s\n", done.error().text().c_str());
    return EXIT_FAILURE;
}
