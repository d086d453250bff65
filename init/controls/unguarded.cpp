#include "init/controls/unguarded.hpp"

#ifdef ANCHORHOLD_CONTROLS

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/unique_fd.hpp"

namespace anchorhold::init {
namespace {

constexpr char kLayers[] = "/run/anchorhold/unguarded";
constexpr char kPam[] = "/run/anchorhold/unguarded-pam";
constexpr std::string_view kNoGroupForALogin =
    "auth required pam_cap.so config=/usr/share/anchorhold/ssh/capability.conf\n"
    "account required pam_permit.so\n"
    "password required pam_deny.so\n"
    "session required pam_permit.so\n";
constexpr char kPasswd[] = "/run/anchorhold/unguarded-passwd";
constexpr std::string_view kAgentIsRoot =
    "root:x:0:0::/:/usr/sbin/nologin\n"
    "sshd:x:990:65534::/run/sshd:/usr/sbin/nologin\n"
    "agent:x:0:0::/home/agent:/bin/bash\n";

Result<> write_whole(const char* path, std::string_view content) {
    const UniqueFd file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file || write(file.get(), content.data(), content.size()) != std::ssize(content))
        return fail("write", path, errno);
    return {};
}

cell::Mount whole(const char* path) {
    return {.kind = cell::MountKind::bind, .target = path, .source = path};
}

// Over `directory`, everything that is written goes to a layer in memory.
Result<cell::Mount> writable(const std::string& directory) {
    const std::string layer = kLayers + directory;
    std::error_code problem;
    for (const std::string& part : {layer + "/upper", layer + "/work"}) {
        std::filesystem::create_directories(part, problem);
        if (problem)
            return fail("make", part, problem.value());
    }
    return cell::Mount{.kind = cell::MountKind::fresh,
                       .target = directory,
                       .source = "overlay",
                       .data = "lowerdir=" + directory + ",upperdir=" + layer + "/upper,workdir=" + layer + "/work"};
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
    if (controls.off("image")) {
        for (const char* directory : {"/usr", "/etc"}) {
            auto row = writable(directory);
            if (!row)
                return std::unexpected(row.error());
            spec.mounts.push_back(std::move(*row));
        }
        spec.mounts.push_back({.kind = cell::MountKind::file, .target = "/usr/setuid-root", .mode = 04755});
    }
    if (controls.off("capabilities"))
        spec.mounts.push_back({.kind = cell::MountKind::bind,
                               .target = "/usr/share/anchorhold/ssh/capability.conf",
                               .source = "/dev/null"});
    if (controls.off("door")) {
        if (auto written = write_whole(kPam, kNoGroupForALogin); !written)
            return written;
        spec.mounts.push_back({.kind = cell::MountKind::bind, .target = "/etc/pam.d/anchorhold-ssh", .source = kPam});
    }
    if (controls.off("uid")) {
        if (auto written = write_whole(kPasswd, kAgentIsRoot); !written)
            return written;
        spec.mounts.push_back({.kind = cell::MountKind::bind, .target = "/etc/passwd", .source = kPasswd});
        spec.command.emplace_back("-oPermitRootLogin=yes");
    }
    return {};
}

}  // namespace anchorhold::init

#endif
