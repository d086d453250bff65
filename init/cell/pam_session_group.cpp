// A PAM module for sshd in the cell (image/guest/root/etc/pam.d/anchorhold-ssh): a login gets a cgroup of its own.
//
// sshd calls pam_setcred(3) twice after a login (sshd-session.c, session.c): in its monitor, which stays in the door's
// group, and in the child that is about to become the user. That one has the user's group id by then, is still root,
// and everything that the session does descends from it. So the agent never has a process in the door's group, and
// once it is the agent it may write to no cgroup.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "init/cell/session_groups.hpp"

// Linux-PAM's interface to modules (pam_sm_setcred(3)); its development files are not needed for two functions.
struct pam_handle;
extern "C" {
int pam_sm_authenticate(pam_handle* pam, int flags, int count, const char** words);
int pam_sm_setcred(pam_handle* pam, int flags, int count, const char** words);
}

namespace {

constexpr int kPamSuccess = 0;
constexpr int kPamIgnore = 25;

// sshd goes on when pam_setcred fails after a login by key (auth-pam.c), so only the process' end keeps it out.
[[noreturn]] void refuse(const char* why) {
    dprintf(STDERR_FILENO, "pam_session_group: the login is refused: %s\n", why);
    _exit(EXIT_FAILURE);
}

}  // namespace

[[gnu::visibility("default")]] int pam_sm_authenticate(pam_handle* /*pam*/, int /*flags*/, int /*count*/,
                                                       const char** /*words*/) {
    return kPamIgnore;
}

[[gnu::visibility("default")]] int pam_sm_setcred(pam_handle* /*pam*/, int /*flags*/, int /*count*/,
                                                  const char** /*words*/) {
    if (getgid() == 0)
        return kPamSuccess;
    try {
        if (const auto entered = anchorhold::cell::enter_session(anchorhold::cell::kGroups); !entered)
            refuse(entered.error().text().c_str());
    } catch (...) {
        refuse("out of memory");
    }
    return kPamSuccess;
}
