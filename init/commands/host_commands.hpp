// What the host may tell PID 1 while the machine runs: one word a line on the virtio-serial port
// org.anchorhold.command. The host owns the machine's life cycle, so that nothing is asked of it but the word.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::init {

inline constexpr std::string_view kCommandPort = "org.anchorhold.command";

enum class HostCommand {
    restart_cell,  // every process of the agent ends, and its world starts anew on the same disk
};

// The word without its newline; a carriage return at its end is ignored.
[[nodiscard]] std::optional<HostCommand> parse_host_command(std::string_view line);

class HostCommands {
  public:
    struct Callbacks {
        std::function<void(HostCommand)> command;
        std::function<void(std::string_view line)> unknown;  // cut to kMaxLine
    };
    static constexpr std::size_t kMaxLine = 64;

    // `port` is open for reading and does not block. A port whose host is away is not an error.
    static Result<std::unique_ptr<HostCommands>> listen(EventLoop& loop, UniqueFd port, Callbacks callbacks);
    HostCommands(const HostCommands&) = delete;
    HostCommands& operator=(const HostCommands&) = delete;

  private:
    HostCommands(UniqueFd port, Callbacks callbacks) : port_(std::move(port)), callbacks_(std::move(callbacks)) {}
    void read();
    void take(std::string_view bytes);
    void end_line();

    UniqueFd port_;
    Callbacks callbacks_;
    Watch watch_;
    std::string line_;  // begun, at most kMaxLine + 1 bytes of it
};

}  // namespace anchorhold::init
