#include "init/shutdown/power_button.hpp"

#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/freed.hpp"

namespace anchorhold::init {
namespace {

// struct acpi_genl_event: device_class[20], bus_id[15], type, data.
constexpr std::size_t kClassBytes = 20;
constexpr std::string_view kPowerButton = "button/power";
constexpr std::uint16_t kAttributeEvent = 1;  // ACPI_GENL_ATTR_EVENT
constexpr std::size_t kBefore = sizeof(nlmsghdr) + sizeof(genlmsghdr);

std::unexpected<Error> failed(std::string_view what) {
    return fail("listen for the power button", what, ENODEV, "power off by SIGTERM or SIGPWR to PID 1 still works");
}

}  // namespace

bool is_power_button(ByteView message) {
    nlattr attribute{};
    if (message.size() < kBefore + sizeof(nlattr) + kClassBytes)
        return false;
    std::memcpy(&attribute, message.data() + kBefore, sizeof attribute);
    if (attribute.nla_type != kAttributeEvent || attribute.nla_len < sizeof(nlattr) + kClassBytes)
        return false;
    const auto name = as_text(message.subspan(kBefore + sizeof(nlattr), kClassBytes));
    return name.substr(0, name.find('\0')) == kPowerButton;
}

struct PowerButton::Held {
    Owned<nl_sock, nl_socket_free> socket;
    std::function<void()> pressed;
    Watch watch;

    void readable() const {
        std::array<std::uint8_t, 4096> bytes;
        const ssize_t n = recv(nl_socket_get_fd(socket.get()), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (n > 0 && is_power_button({bytes.data(), static_cast<std::size_t>(n)}))
            pressed();
    }
};

PowerButton::~PowerButton() = default;

Result<std::unique_ptr<PowerButton>> PowerButton::listen(EventLoop& loop, std::function<void()> pressed) {
    std::unique_ptr<PowerButton> button(new PowerButton);
    button->held_ = std::make_unique<Held>();
    Held& held = *button->held_;
    held.pressed = std::move(pressed);
    held.socket.reset(nl_socket_alloc());
    if (!held.socket || genl_connect(held.socket.get()) < 0)
        return failed("generic netlink");
    const int group = genl_ctrl_resolve_grp(held.socket.get(), "acpi_event", "acpi_mc_group");
    if (group < 0 || nl_socket_add_membership(held.socket.get(), group) < 0)
        return failed("acpi_event");
    auto watch = loop.on_io(nl_socket_get_fd(held.socket.get()), EPOLLIN, [&held](std::uint32_t) { held.readable(); });
    if (!watch)
        return std::unexpected(watch.error());
    held.watch = std::move(*watch);
    return button;
}

}  // namespace anchorhold::init
