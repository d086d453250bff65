// What one coroutine waits for and others bring about. One waiter at a time, one loop.
#pragma once

#include <boost/asio/post.hpp>
#include <deque>
#include <optional>

#include "shield/egress/io/asio.hpp"

namespace anchorhold::egress {

// Set once or many times; wait() returns at once when set since the last wait.
class Signal {
  public:
    explicit Signal(Executor executor) : timer_(executor, Clock::time_point::max()) {}

    void set() {
        set_ = true;
        timer_.cancel();
    }
    // False when the time ran out first: what has arrived by then counts, also where this process comes late to it.
    Task<bool> wait(Clock::time_point until = Clock::time_point::max()) {
        while (!set_) {
            timer_.expires_at(until);
            auto [problem] = co_await timer_.async_wait(kAwait);
            if (!problem && !set_)
                co_await asio::post(timer_.get_executor(), asio::use_awaitable_t<Executor>{});
            if (!problem && !set_)
                co_return false;
        }
        set_ = false;
        co_return true;
    }

  private:
    Timer timer_;
    bool set_ = false;
};

// Messages for one reader.
template <class T>
class Mailbox {
  public:
    explicit Mailbox(Executor executor) : signal_(executor) {}

    void post(T item) {
        items_.push_back(std::move(item));
        signal_.set();
    }
    // Nothing when the time ran out first.
    Task<std::optional<T>> next(Clock::time_point until = Clock::time_point::max()) {
        while (items_.empty())
            if (!co_await signal_.wait(until))
                co_return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        co_return item;
    }

  private:
    Signal signal_;
    std::deque<T> items_;
};

}  // namespace anchorhold::egress
