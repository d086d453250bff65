#include "init/state_disk/state_disk.hpp"

#include <sys/mount.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/identities.hpp"
#include "init/state_disk/choose.hpp"

namespace anchorhold::init {
namespace {

constexpr char kBlock[] = "/sys/block";
constexpr std::uint64_t kLittleSpace = 64ULL << 20;
constexpr std::size_t kAttribute = 4096;
// The 5 % that mke2fs reserves are the auditor's and gate's, who write little and must always be able to: not egress',
// whose spools are as large as the agent makes them.
const std::string kMountOptions =
    "errors=remount-ro,usrquota,resuid=" + std::to_string(kAuditUid) + ",resgid=" + std::to_string(kGateUid);
constexpr std::uint64_t kReservedPart = 20;
// What the agent leaves besides: room for what waits for a person, and one file in sixteen.
constexpr std::uint64_t kSpoolRoom = 64ULL << 20;
constexpr std::uint64_t kFilesLeft = 16;

// All but what the shield needs, and of a small disk at least half.
Use agents_share(const Space& space) {
    const std::uint64_t reserved = space.total_bytes / kReservedPart + kSpoolRoom;
    const std::uint64_t rest = space.total_bytes > reserved ? space.total_bytes - reserved : 0;
    return {.bytes = std::max(rest, space.total_bytes / 2),
            .files = space.total_files - space.total_files / kFilesLeft};
}

struct Directory {
    std::string_view name;
    Owner owner;
    std::string_view why;
};
constexpr Directory kDirectories[] = {
    {"", {0, 0, 0755}, "services pass through to their own"},
    {"gate", {kGateUid, kGateUid, 0700}, "passkeys, highest profile version, pending requests"},
    {"egress", {kEgressUid, kEgressUid, 0700}, "the interception CA and spooled bodies"},
    {"audit", {kAuditUid, kAuditUid, 0700}, "the log and its signing key"},
    {"ssh", {0, 0, 0700}, "host keys"},
    {"home", {0, 0, 0755}, "home/agent is made by the cell"},
};

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

std::string serial_of(System& system, const std::string& directory) {
    if (auto virtio = system.read(directory + "/serial", kAttribute))
        return trimmed(std::move(*virtio));
    // A SCSI disk's page "unit serial number" (SPC-5 section 7.7.18): four bytes of header, then the text.
    const auto page = system.read(directory + "/device/vpd_pg80", kAttribute).value_or("");
    return page.size() > 4 ? trimmed(page.substr(4)) : std::string();
}

// Disks below a device-mapper table: that is where the verified root lies; init itself maps none before this step.
std::vector<std::string> mapped_parts(System& system) {
    std::vector<std::string> out;
    for (const std::string& name : system.names_in(kBlock)) {
        if (!name.starts_with("dm-"))
            continue;
        for (std::string& part : system.names_in(std::string(kBlock) + "/" + name + "/slaves"))
            out.push_back(std::move(part));
    }
    return out;
}

Result<std::vector<Disk>> list_disks(System& system) {
    const auto names = system.list(kBlock);
    if (!names)
        return std::unexpected(names.error());
    const auto mapped = mapped_parts(system);
    std::vector<Disk> out;
    for (const std::string& name : *names) {
        const std::string directory = std::string(kBlock) + "/" + name;
        if (!system.exists(directory + "/device") || name.starts_with("sr"))
            continue;
        Disk disk{.name = name, .serial = serial_of(system, directory)};
        disk.writable = trimmed(system.read(directory + "/ro", kAttribute).value_or("1")) == "0";
        for (const std::string& part : mapped)
            disk.root = disk.root || part == name || system.exists(std::string(directory).append("/").append(part));
        out.push_back(std::move(disk));
    }
    return out;
}

Result<Content> look_at(System& system, const std::string& device) {
    const auto size = system.size_of_disk(device);
    if (!size)
        return std::unexpected(size.error());
    if (*size < 16 * (kHead + kTail))
        return fail("use state disk", device, ENOSPC, "it is smaller than 32 MiB");
    const auto head = system.read_at(device, 0, kHead);
    if (!head)
        return std::unexpected(head.error());
    if (!all_zero(*head))
        return judge(*head, false);
    const auto tail = system.read_at(device, *size - kTail, kTail);
    if (!tail)
        return std::unexpected(tail.error());
    bool zero = all_zero(*tail);
    const std::uint64_t stride = (*size - kHead - kTail) / kSpots / kSpotBytes * kSpotBytes;
    for (std::size_t i = 0; i < kSpots && zero; ++i) {
        const auto spot = system.read_at(device, kHead + i * stride, kSpotBytes);
        if (!spot)
            return std::unexpected(spot.error());
        zero = all_zero(*spot);
    }
    return judge(*head, zero);
}

Result<> mount_and_fill(System& system, Report& report, const std::string& device) {
    const std::string root(kStateDirectory);
    if (auto mounted = system.mount(device, root, "ext4", MS_NOSUID | MS_NODEV, kMountOptions); !mounted)
        return mounted;
    for (const Directory& directory : kDirectories) {
        const std::string path = directory.name.empty() ? root : root + "/" + std::string(directory.name);
        auto made = system.make_directory(path, directory.owner);
        if (!made && made.error().number == ENOSPC)
            made.error().detail = "the state disk is full: free or add space from the host";
        if (!made)
            return made;
    }
    const auto space = system.space(root);
    if (!space)
        return std::unexpected(space.error());
    if (auto limited = system.limit_use(root, kAgentUid, agents_share(*space)); !limited)
        report.degraded(limited.error().text() +
                        ": the agent can use up what the shield needs; a state disk that was "
                        "formatted without quotas must be made anew");
    if (space->free_bytes < kLittleSpace)
        report.degraded("state disk " + device + " is nearly full: " + std::to_string(space->free_bytes >> 20) +
                        " MiB left; acts that the audit log cannot hold will be refused");
    return {};
}

Error program_failed(std::string_view program, const std::string& device, const Ended& ended) {
    return Error{.tried = std::string(program), .object = device, .number = 0, .detail = text_of(ended)};
}

}  // namespace

void prepare_state_disk(System& system, Report& report, const RunProgram& run, Done done) {
    const auto disks = list_disks(system);
    if (!disks)
        return done(std::unexpected(disks.error()));
    const auto name = choose_state_disk(*disks);
    if (!name)
        return done(std::unexpected(name.error()));
    const std::string device = "/dev/" + *name;
    const auto content = look_at(system, device);
    if (!content)
        return done(std::unexpected(content.error()));
    if (*content == Content::somebodys)
        return done(fail("use state disk", device, EEXIST,
                         "there is data on it that is not Anchorhold's; nothing was written. Attach a blank disk"));

    LaunchSpec program;
    program.environment = {"PATH=/usr/sbin:/usr/bin", "E2FSPROGS_LIBMAGIC_SUPPRESS=1"};
    program.drop_capabilities = false;
    const bool blank = *content == Content::blank;
    if (blank) {
        report.say("formatting the blank disk " + device);
        // Blank means zero: neither the inode tables nor the journal need writing, and there is nothing to discard.
        program.command = {"/usr/sbin/mke2fs",
                           "-q",
                           "-F",
                           "-t",
                           "ext4",
                           "-b",
                           "4096",
                           "-O",
                           "quota",
                           "-E",
                           "lazy_itable_init=1,lazy_journal_init=1,nodiscard,quotatype=usrquota",
                           "-L",
                           std::string(kStateLabel),
                           device};
    } else {
        program.command = {"/usr/sbin/e2fsck", "-p", device};
    }
    auto finished = std::make_shared<Done>(std::move(done));
    const auto started = run(program, [&system, &report, device, blank, finished](const Ended& ended) {
        // e2fsck(8): 1 and 2 mean that it found errors and mended all of them; the disk was not mounted.
        const bool good = ended.how == CLD_EXITED && (ended.status == 0 || (!blank && ended.status <= 2));
        if (!good) {
            Error error = program_failed(blank ? "format" : "check", device, ended);
            error.detail += blank ? "" : "; repair it on the host with e2fsck";
            return (*finished)(std::unexpected(std::move(error)));
        }
        if (ended.status != 0)
            report.say("e2fsck mended errors on " + device);
        (*finished)(mount_and_fill(system, report, device));
    });
    if (!started)
        (*finished)(std::unexpected(started.error()));
}

}  // namespace anchorhold::init
