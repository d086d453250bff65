#include "init/unguarded.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/unique_fd.hpp"

namespace anchorhold::init {
namespace {

constexpr char kPasswd[] = "/run/anchorhold/unguarded-passwd";
constexpr std::string_view kAgentIsRoot =
    "root:x:0:0::/:/usr/sbin/nologin\n"
    "sshd:x:990:65534::/run/sshd:/usr/sbin/nologin\n"
    "agent:x:0:0::/home/agent:/bin/bash\n";

Result<> write_passwd() {
    const UniqueFd file(open(kPasswd, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file || write(file.get(), kAgentIsRoot.data(), kAgentIsRoot.size()) != std::ssize(kAgentIsRoot))
        return fail("write", kPasswd, errno);
    return {};
}

cell::Mount whole(const char* path) {
    return {.kind = cell::MountKind::bind, .target = path, .source = path};
}

}  // namespace

Result<> take_guards_off(cell::Spec& spec, const Controls& controls) {
    if (controls.off("namespaces")) {
        std::erase_if(spec.mounts, [](const cell::Mount& row) {
            return row.kind == cell::MountKind::mask || row.kind == cell::MountKind::read_only;
        });
        for (const char* path : {"/dev", "/var/lib/anchorhold", "/run/anchorhold/gate"})
            spec.mounts.push_back(whole(path));
    }
    if (controls.off("capabilities"))
        spec.mounts.push_back({.kind = cell::MountKind::bind,
                               .target = "/usr/share/anchorhold/ssh/capability.conf",
                               .source = "/dev/null"});
    if (controls.off("uid")) {
        if (auto written = write_passwd(); !written)
            return written;
        spec.mounts.push_back({.kind = cell::MountKind::bind, .target = "/etc/passwd", .source = kPasswd});
        spec.arguments.emplace_back("-oPermitRootLogin=yes");
    }
    return {};
}

}  // namespace anchorhold::init
