#include "init/commands/host_commands.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace anchorhold::init {
namespace {

struct CommandRow {
    std::string_view word;
    HostCommand command;
};

constexpr CommandRow kCommands[] = {
    {"restart-cell", HostCommand::restart_cell},
};

}  // namespace

std::optional<HostCommand> parse_host_command(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    for (const CommandRow& row : kCommands) {
        if (row.word == line)
            return row.command;
    }
    return std::nullopt;
}

Result<std::unique_ptr<HostCommands>> HostCommands::listen(EventLoop& loop, UniqueFd port, Callbacks callbacks) {
    std::unique_ptr<HostCommands> made(new HostCommands(std::move(port), std::move(callbacks)));
    // By edges: while the host is away the port says so without end (virtio_console.c, port_fops_poll).
    auto watch = loop.on_io(made->port_.get(), EPOLLIN | EPOLLET, [self = made.get()](std::uint32_t) { self->read(); });
    if (!watch)
        return std::unexpected(watch.error());
    made->watch_ = std::move(*watch);
    return made;
}

void HostCommands::read() {
    std::array<char, 256> buffer{};
    // To the end of what is there: the next edge is only told of what comes after it.
    for (ssize_t size = 0; (size = ::read(port_.get(), buffer.data(), buffer.size())) > 0;)
        take(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
}

void HostCommands::take(std::string_view bytes) {
    for (const char byte : bytes) {
        if (byte == '\n')
            end_line();
        else if (line_.size() <= kMaxLine)
            line_ += byte;
    }
}

void HostCommands::end_line() {
    const std::string line = std::exchange(line_, {});
    if (const auto command = parse_host_command(line))
        callbacks_.command(*command);
    else if (!line.empty())
        callbacks_.unknown(std::string_view(line).substr(0, kMaxLine));
}

}  // namespace anchorhold::init
