#include "init/launch/testing.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/wait.h>

#include <cstddef>

namespace anchorhold::init::testing {

Output run(LaunchSpec spec) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        spec.fds.push_back({.fd = writer.get(), .as = output});
    spec.environment.emplace_back("PATH=/usr/bin");
    auto child = launch(spec);
    INFO((child ? "" : child.error().text()));
    REQUIRE(child);
    writer.reset();
    Output out;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(reader.get(), buffer, sizeof buffer)) > 0;)
        out.text.append(buffer, static_cast<std::size_t>(n));
    REQUIRE(waitpid(child->pid, &out.status, 0) == child->pid);
    out.setup = read_setup_failure(child->setup.get());
    return out;
}

LaunchSpec shell(const std::string& script) {
    LaunchSpec spec;
    spec.command = {"/usr/bin/sh", "-c", script};
    spec.drop_capabilities = false;
    spec.limits = {};  // to raise one needs root of the machine
    return spec;
}

Filter answering(int call, std::uint32_t action) {
    return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

Filter answering(int call, std::uint32_t first, std::uint32_t action) {
    return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, action),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

}  // namespace anchorhold::init::testing
