#include "shield/egress/hold/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace anchorhold::egress {

Result<Spool> Spool::create(const std::string& directory, std::uint64_t limit) {
    UniqueFd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd)
        return fail("hold the body in", directory, errno);
    return Spool(std::move(fd), limit);
}

Result<> Spool::append(std::string_view bytes) {
    if (bytes.size() > limit_ - size_)
        return fail("hold the body", "", EFBIG,
                    "it is larger than " + std::to_string(limit_ >> 20) + " MiB, the most that can wait for approval");
    while (!bytes.empty()) {
        const ssize_t written = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail("hold the body", "", errno, errno == ENOSPC ? "the workstation's state disk is full" : "");
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::size_t> Spool::read(std::uint64_t offset, std::span<char> into) const {
    const ssize_t got = pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0)
        return fail("read the held body", "", errno);
    return static_cast<std::size_t>(got);
}

Task<TakenIn> fill(Spool& spool, std::string_view first, Body& body, Stream& client, std::chrono::seconds each) {
    for (std::string_view next = first;;) {
        if (const auto ok = spool.append(next); !ok)
            co_return TakenIn{ok.error().number == EFBIG ? Intake::too_large : Intake::not_held, ok.error()};
        client.within(each);
        const auto piece = co_await body.next();
        if (!piece)
            co_return TakenIn{body.malformed() ? Intake::malformed : Intake::client_gone, piece.error()};
        if (piece->empty())
            co_return TakenIn{};
        next = {piece->data(), piece->size()};
    }
}

}  // namespace anchorhold::egress
