#include "init/clock/host_clock.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <ctime>

namespace anchorhold::init {
namespace {

constexpr char kPtpClocks[] = "/sys/class/ptp";
// drivers/ptp/ptp_kvm_common.c: a network card's clock tells another time.
constexpr std::string_view kOfTheHypervisor = "KVM virtual PTP";
constexpr char kRtc[] = "/sys/class/rtc/rtc0/since_epoch";
constexpr std::size_t kMaxText = 64;
// An emulated RTC counts from when the machine was started, up to a second after the host's own second.
constexpr std::int64_t kRtcGrain = 2'000'000'000;

UniqueFd open_ptp(System& system) {
    for (const std::string& name : system.names_in(kPtpClocks)) {
        const auto kind = system.read(std::string(kPtpClocks) + "/" + name + "/clock_name", kMaxText);
        if (kind && kind->starts_with(kOfTheHypervisor))
            return UniqueFd(open(("/dev/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    }
    return {};
}

// clock_gettime(2), dynamic clocks: FD_TO_CLOCKID.
clockid_t clock_of(int fd) {
    constexpr unsigned kClockFd = 3;
    return static_cast<clockid_t>((~static_cast<unsigned>(fd) << 3U) | kClockFd);
}

}  // namespace

HostClock::HostClock(System& system) : system_(system), ptp_(open_ptp(system)) {}

Result<HostTime> HostClock::read() {
    if (ptp_) {
        timespec now{};
        if (clock_gettime(clock_of(ptp_.get()), &now) < 0)
            return fail("read clock", "ptp", errno);
        const std::int64_t exact = std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
        return HostTime{exact, exact};
    }
    const auto text = system_.read(kRtc, kMaxText);
    if (!text)
        return fail("read clock", kRtc, ENODEV, "the host offers neither PTP nor an RTC");
    std::int64_t seconds = 0;
    if (std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc() || seconds < 0 ||
        seconds > kLatest)
        return fail("read clock", kRtc, EBADMSG, *text);
    return HostTime{seconds * kSecond, seconds * kSecond + kRtcGrain};
}

}  // namespace anchorhold::init
