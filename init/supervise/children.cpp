#include "init/supervise/children.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <cstring>

namespace anchorhold::init {
namespace {

std::optional<SetupFailure> read_setup(const UniqueFd& pipe) {
    SetupFailure failure;
    if (!pipe || read(pipe.get(), &failure, sizeof failure) != sizeof failure)
        return std::nullopt;
    return failure;
}

}  // namespace

std::string Death::text() const {
    if (setup) {
        char buffer[128];
        return std::string(name_of(setup->stage)) + " failed: " + strerror_r(setup->number, buffer, sizeof buffer) +
               " (" + std::to_string(setup->number) + ")";
    }
    return (ended.how == CLD_EXITED ? "exit status " : "killed by signal ") + std::to_string(ended.status);
}

Children::Slot* Children::find(pid_t pid) noexcept {
    for (Slot& slot : slots_) {
        if (slot.child.pid == pid)
            return &slot;
    }
    return nullptr;
}

Result<> Children::watch(Child child, OnEnd on_end) {
    Slot* free = find(-1);
    if (free == nullptr)
        return fail("watch child", std::to_string(child.pid), ENOSPC, "the table of children is full");
    free->child = std::move(child);
    free->on_end = std::move(on_end);
    free->ended.reset();
    return {};
}

Result<> Children::signal(pid_t pid, int number) {
    const Slot* slot = pid > 0 ? find(pid) : nullptr;
    if (slot == nullptr || slot->ended)
        return fail("send signal to", std::to_string(pid), ESRCH);
    return system_.signal(slot->child.pidfd.get(), number);
}

void Children::collect() noexcept {
    while (const auto ended = system_.peek_ended()) {
        if (Slot* slot = find(ended->pid))
            slot->ended = ended;
        system_.reap(ended->pid);
    }
}

void Children::act() {
    for (Slot& slot : slots_) {
        if (!slot.ended)
            continue;
        const Death death{.ended = *slot.ended, .setup = read_setup(slot.child.setup)};
        const OnEnd handler = std::move(slot.on_end);
        slot.child = Child();
        slot.on_end = nullptr;
        slot.ended.reset();
        handler(death);
    }
}

}  // namespace anchorhold::init
