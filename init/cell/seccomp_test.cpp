#include "init/cell/seccomp.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <set>
#include <sstream>
#include <string>

#include "init/cell/syscalls.hpp"
#include "init/cell/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

// The errno that the call gets in a cell whose root has all capabilities, so that only the filter can refuse.
int answer(const std::vector<Filter>& filters, const std::vector<std::string>& call) {
    std::vector<std::string> command{testing::kProbe, "call"};
    command.insert(command.end(), call.begin(), call.end());
    Spec spec = testing::small_cell(command);
    spec.drop_capabilities = false;
    spec.filters = filters;
    auto outcome = testing::run(spec);
    INFO((outcome ? "" : outcome.error().text()));
    REQUIRE(outcome);
    REQUIRE(outcome->status == 0);
    return std::stoi(outcome->output);
}

std::vector<Filter> agent() {
    auto filters = agent_filters();
    REQUIRE(filters);
    return *filters;
}

// What the filter says of a call, as the kernel would run it: classic BPF over seccomp_data.
std::uint32_t verdict(const Filter& filter, const seccomp_data& call) {
    const auto* const words = reinterpret_cast<const std::uint32_t*>(&call);
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < filter.size(); ++at) {
        const sock_filter& step = filter[at];
        const auto branch = [&](bool taken) { at += taken ? step.jt : step.jf; };
        switch (step.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                accumulator = words[step.k / sizeof(std::uint32_t)];
                break;
            case BPF_ALU | BPF_AND | BPF_K:
                accumulator &= step.k;
                break;
            case BPF_JMP | BPF_JA:
                at += step.k;
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                branch(accumulator == step.k);
                break;
            case BPF_JMP | BPF_JGE | BPF_K:
                branch(accumulator >= step.k);
                break;
            case BPF_JMP | BPF_JGT | BPF_K:
                branch(accumulator > step.k);
                break;
            case BPF_RET | BPF_K:
                return step.k;
            default:
                FAIL("an instruction this test does not know: " << step.code);
        }
    }
    FAIL("the filter ran off its end");
    return 0;
}

std::string text(std::uint64_t number) {
    return std::to_string(number);
}

}  // namespace

TEST_CASE_METHOD(testing::MachineRoot, "every row of the refused table answers its errno") {
    const auto filters = agent();
    for (const Refused& row : refused_calls()) {
        std::vector<std::string> call{row.call, "0", "0", "0", "0", "0", "0"};
        for (std::size_t at = 0; at < row.conditions; ++at) {
            const When& when = row.when[at];
            call[when.argument + 1] = text(when.how == SCMP_CMP_GT ? when.first + 1 : when.second);
        }
        INFO(row.call << " " << call[1] << " " << call[2] << " " << call[3]);
        CHECK(answer(filters, call) == row.error);
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "sockets that work and sockets that do not") {
    const auto filters = agent();
    const auto socket = [&](int family, int type, int protocol) {
        return answer(filters, {"socket", text(static_cast<unsigned>(family)), text(static_cast<unsigned>(type)),
                                text(static_cast<unsigned>(protocol))});
    };
    CHECK(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) == 0);
    CHECK(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) == 0);
    CHECK(socket(AF_INET, SOCK_DGRAM, 0) == 0);
    CHECK(socket(AF_INET6, SOCK_STREAM, 0) == 0);
    CHECK(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) == 0);
    CHECK(socket(AF_NETLINK, SOCK_RAW, 12) == EPROTONOSUPPORT);
    CHECK(socket(AF_NETLINK, SOCK_RAW, 16) == EPROTONOSUPPORT);
    CHECK(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 6) == EPERM);
    CHECK(socket(AF_INET6, SOCK_RAW, 0) == EPERM);
    CHECK(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1) != 0);
    CHECK(socket(AF_INET6, SOCK_RAW, 58) != 0);
    for (const int family : {AF_INET, AF_INET6}) {
        CHECK(socket(family, SOCK_STREAM, IPPROTO_TCP) == 0);
        CHECK(socket(family, SOCK_DGRAM, IPPROTO_UDP) == 0);
        for (const int protocol : {1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 18, 33, 58, 132, 136, 255, 262, -1})
            CHECK(socket(family, SOCK_DGRAM, protocol) == EPROTONOSUPPORT);
    }
    CHECK(socket(AF_PACKET, SOCK_RAW, 0) == EAFNOSUPPORT);
    CHECK(socket(AF_VSOCK, SOCK_STREAM, 0) == EAFNOSUPPORT);
    CHECK(socket(AF_ALG, SOCK_SEQPACKET, 0) == EAFNOSUPPORT);
    CHECK(socket(AF_XDP, SOCK_RAW, 0) == EAFNOSUPPORT);
}

TEST_CASE_METHOD(testing::MachineRoot, "bits above the 32 that the kernel reads change nothing") {
    const auto filters = agent();
    CHECK(answer(filters, {"socket", "0x100000011", "3", "0"}) == EAFNOSUPPORT);
    CHECK(answer(filters, {"socket", "0x100000010", "3", "12"}) != 0);
    CHECK(answer(filters, {"socket", "16", "3", "0x10000000c"}) == EPROTONOSUPPORT);
    CHECK(answer(filters, {"ioctl", "0", "0x100005412", "0"}) == EPERM);
    CHECK(answer(filters, {"unshare", "0x110000000"}) == EPERM);
}

TEST_CASE_METHOD(testing::MachineRoot, "nobody in the cell becomes the shield's users, by any call or argument") {
    const auto filters = agent();
    const auto call = [&](const char* name, std::size_t argument, const std::string& id) {
        std::vector<std::string> words{name, "-1", "-1", "-1"};
        words[argument + 1] = id;
        return answer(filters, words);
    };
    constexpr std::pair<const char*, std::size_t> kCalls[] = {
        {"setreuid", 0}, {"setreuid", 1}, {"setresuid", 0}, {"setresuid", 1}, {"setresuid", 2},
        {"setregid", 0}, {"setregid", 1}, {"setresgid", 0}, {"setresgid", 1}, {"setresgid", 2},
        {"setuid", 0},   {"setgid", 0},   {"setfsuid", 0},  {"setfsgid", 0}};
    for (const auto& [name, argument] : kCalls) {
        INFO(name << " " << argument);
        for (const char* id : {"801", "802", "803", "804", "805", "0x100000322"})
            CHECK(call(name, argument, id) == EPERM);
    }
    // Others may be taken: real ids, since a probe with another effective one cannot tell its answer.
    for (const char* name : {"setreuid", "setresuid", "setregid", "setresgid"}) {
        INFO(name);
        for (const char* id : {"799", "808", "1000"})
            CHECK(call(name, 0, id) == 0);
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "what is unknown is not there, and what is known answers for itself") {
    const auto filters = agent();
    CHECK(answer(filters, {"modify_ldt", "0", "0", "0"}) == ENOSYS);
    CHECK(answer(filters, {"memfd_secret", "0"}) == ENOSYS);
    CHECK(answer(filters, {"vmsplice", "99", "0", "0", "0"}) == EBADF);
    CHECK(answer(filters, {"getpid"}) == 0);
    CHECK(answer(filters, {"personality", "0xffffffff"}) == 0);
    CHECK(answer(filters, {"personality", "0x0040000"}) == 0);
}

// The kernel of kernel-config/ has neither ABI, so only the filter itself can show that it would refuse them.
TEST_CASE("another ABI gets ENOSYS, whatever the number") {
    constexpr std::uint32_t kX32 = 0x40000000;
    const std::uint32_t refused = SECCOMP_RET_ERRNO | ENOSYS;
    for (const Filter& filter : agent()) {
        CHECK(verdict(filter, {.nr = SYS_getpid, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0, .args = {}}) ==
              SECCOMP_RET_ALLOW);
        for (const int number : {0, 1, 20, 39, 102, 165, 425}) {
            CHECK(verdict(filter, {.nr = number, .arch = AUDIT_ARCH_I386, .instruction_pointer = 0, .args = {}}) ==
                  refused);
            CHECK(verdict(filter, {.nr = static_cast<int>(kX32) | number,
                                   .arch = AUDIT_ARCH_X86_64,
                                   .instruction_pointer = 0,
                                   .args = {}}) == refused);
        }
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "the service filter refuses the same and lets the rest through") {
    auto filter = service_filter();
    REQUIRE(filter);
    CHECK(answer({*filter}, {"bpf", "0", "0", "0"}) == EPERM);
    CHECK(answer({*filter}, {"io_uring_setup", "0", "0"}) == ENOSYS);
    CHECK(answer({*filter}, {"unshare", text(CLONE_NEWUSER)}) == EPERM);
    CHECK(answer({*filter}, {"getpid"}) == 0);
    CHECK(answer({*filter}, {"fcntl", "99", "1"}) == EBADF);
}

TEST_CASE_METHOD(testing::MachineRoot, "without the filter the same calls get other answers") {
    CHECK(answer({}, {"unshare", text(CLONE_NEWUTS)}) == 0);
    CHECK(answer({}, {"socket", text(AF_NETLINK), text(SOCK_RAW), "16"}) == 0);
}

TEST_CASE("the tables name each call once and never the same one twice") {
    std::set<std::string> known;
    for (const char* call : known_calls()) {
        INFO(call);
        CHECK(known.insert(call).second);
        CHECK(seccomp_syscall_resolve_name(call) >= 0);
    }
    for (const Refused& row : refused_calls()) {
        INFO(row.call);
        if (row.conditions == 0)
            CHECK_FALSE(known.contains(row.call));
        else
            CHECK(known.contains(row.call));
    }
}
