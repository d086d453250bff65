#include "shield/audit/witness.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::audit {
namespace {

constexpr std::size_t kMaxWaiting = std::size_t{64} * 1024;

}  // namespace

Witness::Witness(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {
    if (fd_)
        fcntl(fd_.get(), F_SETFL, fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
}

void Witness::tell(std::string_view note) {
    if (!fd_ || waiting_.size() > kMaxWaiting)
        return;
    if (append_canonical(waiting_, json::value(note)))
        waiting_ += '\n';
    push();
}

void Witness::push() {
    while (!waiting_.empty()) {
        const ssize_t size = write(fd_.get(), waiting_.data(), waiting_.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            break;
        waiting_.erase(0, static_cast<std::size_t>(size));
    }
    if (waiting_.empty()) {
        writable_ = Watch();
    } else if (!writable_ && errno == EAGAIN) {
        if (auto watch = loop_.on_io(fd_.get(), EPOLLOUT, [this](std::uint32_t) { push(); }))
            writable_ = std::move(*watch);
    }
}

}  // namespace anchorhold::audit
