#include "shield/egress/hold/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace anchorhold::egress {
namespace {

std::unexpected<Failure> storage_failure(std::string_view object, int number) {
    if (number == ENOSPC || number == EDQUOT)
        return fail(FailureKind::disk_full, "hold the body", object, number, "the workstation's state disk is full");
    return fail(FailureKind::storage_failed, "hold the body", object, number);
}

}  // namespace

Attempt<Spool> Spool::create(const std::string& directory, std::uint64_t max_bytes) {
    UniqueFd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd)
        return storage_failure("in " + directory, errno);
    return Spool(std::move(fd), max_bytes);
}

Attempt<> Spool::append(std::string_view bytes) {
    if (bytes.size() > max_bytes_ - size_)
        return fail(
            FailureKind::too_large, "hold the body", "", EFBIG,
            "it is larger than " + std::to_string(max_bytes_ >> 20) + " MiB, the most that can wait for approval");
    while (!bytes.empty()) {
        const ssize_t written = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return storage_failure("", errno);
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Attempt<std::size_t> Spool::read(std::uint64_t offset, std::span<char> into) const {
    const ssize_t got = pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0)
        return fail(FailureKind::storage_failed, "read the held body", "", errno);
    return static_cast<std::size_t>(got);
}

Task<Attempt<>> fill(Spool& spool, std::string_view first, Body& body, Stream& client, std::chrono::seconds each) {
    for (std::string_view next = first;;) {
        if (auto ok = spool.append(next); !ok)
            co_return ok;
        client.within(each);
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty())
            co_return Attempt<>{};
        next = {piece->data(), piece->size()};
    }
}

}  // namespace anchorhold::egress
