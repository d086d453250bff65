// The host's power button. The kernel tells every ACPI event over generic netlink (family acpi_event,
// drivers/acpi/event.c), so no input device and no CONFIG_INPUT_EVDEV is needed.
#pragma once

#include <functional>
#include <memory>

#include "base/encoding.hpp"
#include "base/event_loop.hpp"

namespace anchorhold::init {

// Whether one netlink message of that family is a press of the power button. Pure; shorter or foreign bytes are not.
[[nodiscard]] bool is_power_button(ByteView message);

class PowerButton {
  public:
    static Result<std::unique_ptr<PowerButton>> listen(EventLoop& loop, std::function<void()> pressed);
    PowerButton(const PowerButton&) = delete;
    PowerButton& operator=(const PowerButton&) = delete;
    ~PowerButton();

  private:
    PowerButton() = default;
    struct Held;
    std::unique_ptr<Held> held_;
};

}  // namespace anchorhold::init
