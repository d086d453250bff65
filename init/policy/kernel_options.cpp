#include "init/policy/kernel_options.hpp"

#include <ranges>
#include <string>
#include <string_view>

namespace anchorhold::init {
namespace {

constexpr const char* kList = "/usr/share/anchorhold/kernel-options-unknown";
constexpr std::size_t kMaxList = std::size_t{64} * 1024;

}  // namespace

void report_kernel_options(System& system, Report& report) {
    const auto list = system.read(kList, kMaxList);
    if (!list)
        return;
    for (const auto line : *list | std::views::split('\n')) {
        const std::string_view text(line.begin(), line.end());
        // What was forbidden and does not exist is as wished.
        if (!text.empty() && !text.contains("=n "))
            report.degraded("the kernel was built without " + std::string(text) + ", which its source does not know");
    }
}

}  // namespace anchorhold::init
