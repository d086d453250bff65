#include "shield/egress/io/deadlines.hpp"

#include <algorithm>

namespace anchorhold::egress {
namespace {
constexpr std::chrono::seconds kEvery{1};
constexpr std::chrono::milliseconds kMaxLate{250};
}  // namespace

Task<> Deadlines::run(Executor executor) {
    Timer timer(executor);
    for (;;) {
        timer.expires_after(kEvery);
        (void)co_await timer.async_wait(kAwait);
        look(Clock::now());
    }
}

void Deadlines::look(Clock::time_point at) {
    now_ += std::min<Clock::duration>(at - looked_, kEvery + kMaxLate);
    looked_ = at;
    for (Watched* each = first_; each != nullptr; each = each->after_)
        if (!each->expired_ && (each->until_ <= now_ || each->is_abandoned())) {
            each->expired_ = true;
            each->interrupt();
        }
}

void Deadlines::add(Watched& watched) {
    watched.after_ = first_;
    if (first_ != nullptr)
        first_->before_ = &watched;
    first_ = &watched;
}

void Deadlines::remove(Watched& watched) {
    if (watched.before_ != nullptr)
        watched.before_->after_ = watched.after_;
    else
        first_ = watched.after_;
    if (watched.after_ != nullptr)
        watched.after_->before_ = watched.before_;
}

}  // namespace anchorhold::egress
