// PID 1. Wires and runs; the boot itself is boot_order.cpp.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "init/boot/boot_order.hpp"
#include "init/report/host_port.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

// Nothing opened later may become descriptor 0, 1 or 2 by accident.
void hold_standard_streams() {
    while (true) {
        const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd > STDERR_FILENO)
            close(fd);
        if (fd < 0 || fd > STDERR_FILENO)
            return;
    }
}

}  // namespace

int main() {
    if (getpid() != 1) {
        static_cast<void>(std::fputs("init: I am PID 1 of an Anchorhold guest and nothing else\n", stderr));
        return 2;
    }
    hold_standard_streams();
    prctl(PR_SET_DUMPABLE, 0);
    std::signal(SIGPIPE, SIG_IGN);

    const auto system = linux_system();
    Report report(console_sink(), port_sink(*system, "org.anchorhold.control"));
    auto loop = EventLoop::create();
    if (loop) {
        Machine machine(*loop, *system, report);
        if (auto started = machine.start(boot_order()); !started)
            report.failed("start", started.error());
        else if (auto ran = loop->run(); !ran)
            report.failed("event loop", ran.error());
    } else {
        report.failed("start", loop.error());
    }
    // Only a broken loop comes here; a PID 1 that cannot act must not leave the machine running.
    system->sync();
    system->power_off();
    return 1;
}
