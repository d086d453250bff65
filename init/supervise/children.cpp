#include "init/supervise/children.hpp"

#include <cerrno>
#include <csignal>

namespace anchorhold::init {

Children::Slot* Children::find(pid_t pid) noexcept {
    for (Slot& slot : slots_) {
        if (slot.child.pid == pid)
            return &slot;
    }
    return nullptr;
}

Result<> Children::watch(Child child, OnEnd on_end) {
    Slot* free = find(-1);
    if (free == nullptr) {
        const auto killed = system_.signal(child.pidfd.get(), SIGKILL);
        return fail("watch child", std::to_string(child.pid), ENOSPC,
                    killed ? "the table of children is full" : "the table of children is full; nobody looks after it");
    }
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
        const Death death{.ended = *slot.ended, .setup = read_setup_failure(slot.child.setup.get())};
        const OnEnd handler = std::move(slot.on_end);
        slot.child = Child();
        slot.on_end = nullptr;
        slot.ended.reset();
        handler(death);
    }
}

}  // namespace anchorhold::init
