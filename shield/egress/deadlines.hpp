// Time limits of connections, kept by one coroutine that looks once a second: no timer per read or write. It also
// ends what nobody waits for any more.
#pragma once

#include "shield/egress/asio.hpp"

namespace anchorhold::egress {

class Deadlines {
  public:
    // A thing that can be interrupted when its time is up.
    class Watched {
      public:
        explicit Watched(Deadlines& all) : all_(all) { all_.add(*this); }
        virtual ~Watched() { all_.remove(*this); }
        Watched(const Watched&) = delete;
        Watched& operator=(const Watched&) = delete;

        // From now on; zero lifts the limit.
        void within(std::chrono::seconds limit) {
            until_ = limit.count() == 0 ? Clock::time_point::max() : all_.now_ + limit;
            expired_ = false;
        }
        [[nodiscard]] bool expired() const { return expired_; }

      protected:
        virtual void interrupt() = 0;
        // Whoever it is for has gone.
        [[nodiscard]] virtual bool pointless() const { return false; }

      private:
        friend class Deadlines;
        Deadlines& all_;
        Watched* before_ = nullptr;
        Watched* after_ = nullptr;
        Clock::time_point until_ = Clock::time_point::max();
        bool expired_ = false;
    };

    // For ever.
    Task<> keep(Executor executor);

  private:
    void add(Watched& watched);
    void remove(Watched& watched);

    Clock::time_point now_ = Clock::now();
    Watched* first_ = nullptr;
};

}  // namespace anchorhold::egress
