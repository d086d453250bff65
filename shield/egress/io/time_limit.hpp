// The time limit of one asynchronous operation on something that does not outlive it.
#pragma once

#include <boost/asio/post.hpp>
#include <utility>

#include "shield/egress/io/asio.hpp"

namespace anchorhold::egress {

class TimeLimit {
  public:
    // `give_up` is called once when the time is up, and never after end(). Where this process comes to that late, it
    // came late to what it waits for too, which gets the time again.
    template <class GiveUp>
    TimeLimit(Executor executor, Clock::duration limit, GiveUp give_up) : executor_(executor), timer_(executor, limit) {
        arm(limit, std::move(give_up));
    }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

    // True when the time was up first. A handler that is already queued runs before this returns: afterwards what it
    // touches may go.
    Task<bool> end() {
        if (timer_.cancel() == 0 && !late_)
            co_await asio::post(executor_, asio::use_awaitable_t<Executor>{});
        co_return late_;
    }

  private:
    template <class GiveUp>
    void arm(Clock::duration limit, GiveUp give_up) {
        timer_.async_wait([this, limit, give_up = std::move(give_up)](const boost::system::error_code& problem) {
            if (problem)
                return;
            if (Clock::now() - timer_.expiry() > kMaxLate) {
                timer_.expires_after(limit);
                arm(limit, give_up);
                return;
            }
            late_ = true;
            give_up();
        });
    }

    static constexpr std::chrono::milliseconds kMaxLate{250};
    Executor executor_;
    Timer timer_;
    bool late_ = false;
};

}  // namespace anchorhold::egress
