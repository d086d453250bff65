// Time limits of connections, kept by one coroutine that looks once a second: no timer per read or write. It also
// ends what nobody waits for any more.
#pragma once

#include "shield/egress/io/asio.hpp"

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
        void set_deadline(std::chrono::seconds limit) {
            limit_ = limit;
            expired_ = false;
            restart();
        }
        // Something came: whoever is slow is alive, and has the whole time again.
        void restart() { until_ = limit_.count() == 0 ? Clock::time_point::max() : all_.now_ + limit_; }
        [[nodiscard]] bool expired() const { return expired_; }

      protected:
        virtual void interrupt() = 0;
        // Whoever it is for has gone.
        [[nodiscard]] virtual bool is_abandoned() const { return false; }

      private:
        friend class Deadlines;
        Deadlines& all_;
        Watched* before_ = nullptr;
        Watched* after_ = nullptr;
        std::chrono::seconds limit_{};
        Clock::time_point until_ = Clock::time_point::max();
        bool expired_ = false;
    };

    // Runs until the process ends.
    Task<> run(Executor executor);
    // A look at all of them, one second after the last. The time by which it comes late is not counted: then this
    // process, or the machine, had no time for them either.
    void look(Clock::time_point at);

  private:
    void add(Watched& watched);
    void remove(Watched& watched);

    Clock::time_point looked_ = Clock::now();
    Clock::time_point now_ = looked_;  // less what was not counted
    Watched* first_ = nullptr;
};

}  // namespace anchorhold::egress
