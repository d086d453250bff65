// The host's virtio-serial port `org.anchorhold.audit`: a checkpoint a line, as JSON string. Nobody may be listening.
#pragma once

#include <string>
#include <string_view>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::audit {

class Witness {
  public:
    // Without descriptor it does nothing.
    Witness(EventLoop& loop, UniqueFd fd);
    // A host that does not read misses checkpoints, never halves of one, and never holds the auditor up.
    void tell(std::string_view note);

  private:
    void push();

    EventLoop& loop_;
    UniqueFd fd_;
    std::string waiting_;
    Watch writable_;
};

}  // namespace anchorhold::audit
