#include "init/supervise/service_log.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxLine = 1024;

}  // namespace

bool LineLimit::take(std::size_t bytes, std::uint64_t now) {
    const std::uint64_t gained = (now - last_) * kPerSecond / 1'000'000U;
    if (gained > 0) {
        tokens_ = std::min(kBurst, tokens_ + gained);
        last_ = now;
    }
    if (bytes > tokens_) {
        ++dropped_;
        return false;
    }
    tokens_ -= bytes;
    return true;
}

std::uint64_t LineLimit::take_dropped() {
    return std::exchange(dropped_, 0);
}

void LineCutter::add(std::string_view bytes, const std::function<void(std::string_view)>& line) {
    for (const char c : bytes) {
        if (c != '\n')
            rest_ += (c >= ' ' && c != 0x7f) || c == '\t' || static_cast<unsigned char>(c) >= 0x80 ? c : '?';
        if (c != '\n' && rest_.size() < kMaxLine)
            continue;
        if (!rest_.empty())
            line(rest_);
        rest_.clear();
    }
}

Result<std::unique_ptr<ServiceLog>> ServiceLog::create(EventLoop& loop, System& system, Report& report,
                                                       std::string name) {
    std::unique_ptr<ServiceLog> log(new ServiceLog(system, report, std::move(name)));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail("make log pipe of", log->name_, errno);
    log->reader_.reset(ends[0]);
    log->writer_.reset(ends[1]);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
        return fail("make log pipe of", log->name_, errno);
    auto watch = loop.on_io(ends[0], EPOLLIN, [raw = log.get()](std::uint32_t) { raw->readable(); });
    if (!watch)
        return std::unexpected(watch.error());
    log->watch_ = std::move(*watch);
    return log;
}

void ServiceLog::readable() {
    std::array<char, 4096> bytes;
    const ssize_t n = read(reader_.get(), bytes.data(), bytes.size());
    if (n > 0)
        cutter_.add({bytes.data(), static_cast<std::size_t>(n)}, [this](std::string_view line) { print(line); });
}

void ServiceLog::print(std::string_view line) {
    if (!limit_.take(line.size(), system_.microseconds_since_boot()))
        return;
    if (const auto dropped = limit_.take_dropped(); dropped > 0)
        report_.say(name_ + ": (" + std::to_string(dropped) + " lines dropped: too many)");
    report_.say(name_ + ": " + std::string(line));
}

}  // namespace anchorhold::init
