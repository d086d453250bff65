// What is sent to the auditor, in order and numbered, until it is acknowledged: a lost channel begins again with what
// was not. Pure; the sender brings the channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace anchorhold {

template <class Item>
class Outbox {
  public:
    // All that is not acknowledged, sent or not.
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] bool all_sent() const noexcept { return sent_ == items_.size(); }

    // The number that it gets.
    std::int64_t add(Item item) {
        items_.push_back(std::move(item));
        return first_ + static_cast<std::int64_t>(items_.size()) - 1;
    }
    // Before all others. Only while nothing is sent, since it moves their numbers by one.
    void add_first(Item item) { items_.push_front(std::move(item)); }

    // The next to be sent, and its number; there must be one.
    [[nodiscard]] const Item& next() const { return items_[sent_]; }
    [[nodiscard]] std::int64_t next_number() const noexcept { return first_ + static_cast<std::int64_t>(sent_); }
    void mark_sent() noexcept { ++sent_; }
    // The next one will not be sent: nobody can take it.
    Item take_next() {
        const auto at = items_.begin() + static_cast<std::ptrdiff_t>(sent_);
        Item item = std::move(*at);
        items_.erase(at);
        return item;
    }

    [[nodiscard]] bool is_acknowledged(std::int64_t number) const noexcept { return number < first_; }
    [[nodiscard]] bool is_sent(std::int64_t number) const noexcept { return number < next_number(); }

    // Up to and with this number, as far as it was sent; `taken` is called for each, after it has gone.
    template <class Taken>
    void acknowledge(std::int64_t upto, Taken taken) {
        while (sent_ > 0 && first_ <= upto) {
            Item item = std::move(items_.front());
            items_.pop_front();
            --sent_;
            ++first_;
            taken(std::move(item));
        }
    }
    // The channel was lost, or the auditor could not write: all of them are to be sent again.
    void send_again() noexcept { sent_ = 0; }

    // Drops those not yet sent for which `which` holds, at most `most`, oldest first. Returns how many.
    template <class Which>
    std::size_t drop_unsent(std::size_t most, Which which) {
        std::size_t dropped = 0;
        for (std::size_t at = sent_; at < items_.size() && dropped < most;) {
            if (which(items_[at])) {
                items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
                ++dropped;
            } else {
                ++at;
            }
        }
        return dropped;
    }

  private:
    std::deque<Item> items_;
    std::int64_t first_ = 1;  // the number of items_.front()
    std::size_t sent_ = 0;    // of items_
};

}  // namespace anchorhold
