// What a child of init is given, and what init holds of it.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace anchorhold::init {

// Every descriptor named here stays the caller's.
struct ChildSpec {
    std::vector<std::string> command;      // [0] is the program's path
    std::vector<std::string> environment;  // LISTEN_* are added by spawn
    uid_t uid = 0;
    gid_t gid = 0;
    bool drop_capabilities = true;  // permitted, inheritable, ambient and bounding set; securebits locked
    bool no_new_privileges = true;
    std::vector<std::pair<std::string, int>> sockets;  // LISTEN_FDNAMES name and descriptor, from 3 on
    int output = -1;                                   // stdout and stderr; -1: /dev/null
    std::string cgroup;                                // the child is born in it; empty: init's own
    int oom_score_adj = 0;
    std::string apparmor;             // profile entered by exec; empty: none asked for
    std::vector<sock_filter> filter;  // seccomp(2), loaded just before exec; empty: none
};

// How far the set-up of a child got before it failed; travels over a pipe that exec closes.
struct SetupFailure {
    enum class Stage : int {
        session,
        score,
        descriptors,
        groups,
        bounding,
        securebits,
        user,
        privileges,
        apparmor,
        filter,
        exec
    };
    Stage stage = Stage::session;
    int number = 0;
};
const char* name_of(SetupFailure::Stage stage);

struct Child {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd setup;  // non-blocking: a SetupFailure, or the end of the file once exec worked
};

}  // namespace anchorhold::init
