// The auditor's loop: takes records from shield processes, puts what is ready on disk in one go, then acknowledges.
// docs/design.md, "Messages between shield processes" and "Channels to the host".
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/acceptor.hpp"
#include "base/event_loop.hpp"
#include "shield/audit/log.hpp"
#include "shield/audit/witness.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::audit {

struct AuditorLimits {
    std::uint64_t checkpoint_records = 4096;
    std::chrono::seconds checkpoint_after{10};
    std::size_t batch_bytes = std::size_t{4} * 1024 * 1024;
    std::size_t clients = 64;
};

class Auditor {
  public:
    Auditor(EventLoop& loop, Log log, UniqueFd listener, UniqueFd witness, AuditorLimits limits = {});
    // Writes its first records and checkpoint; from here on it takes messages.
    Result<> start();
    // Takes what has arrived, writes its last record and checkpoint.
    void stop();

  private:
    // As the sender numbers them, both included.
    struct Numbers {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    struct Client {
        UniqueFd fd;
        std::string reporter;                 // by its uid
        Watch watch;                          // one a descriptor, as epoll(7) demands
        std::optional<Numbers> batched;       // its records in the batch
        std::optional<std::int64_t> durable;  // acknowledgement that its full socket has not taken
        std::optional<std::int64_t> owed;     // the first of its records that was refused and has not come again
        bool over = false;
    };

    void accept(UniqueFd fd);
    void watch(Client& client);
    void drain(Client& client);
    void take(Client& client, json::object& message);
    void refuse(Client& client, Numbers numbers, const std::string& reason);
    void flush();
    void acknowledge(Client& client, std::int64_t upto);
    void sign();
    void sign_later();
    void note(std::string what);
    void drop_ended();

    EventLoop& loop_;
    Log log_;
    UniqueFd listener_;  // until start()
    Witness witness_;
    AuditorLimits limits_;
    std::string workstation_;
    std::map<int, std::unique_ptr<Client>> clients_;
    std::unique_ptr<Acceptor> acceptor_;
    bool hasty_ = false;  // somebody waits for what is in the batch
    bool soon_ = false;   // flushing_ comes without a pause
    std::chrono::steady_clock::time_point flushed_;
    Watch flushing_;
    Watch signing_;
    std::uint64_t refused_ = 0;  // batches, since the disk stopped taking them
    bool urgent_ = false;        // a person's answer or what it led to is in the batch: signed at once
};

}  // namespace anchorhold::audit
