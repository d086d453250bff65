#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace anchorhold {
namespace {

Result<> write_all(int fd, const std::string& path, std::string_view content) {
    while (!content.empty()) {
        const ssize_t size = write(fd, content.data(), content.size());
        if (size < 0 && errno != EINTR)
            return fail("write", path, errno);
        content.remove_prefix(size < 0 ? 0 : static_cast<std::size_t>(size));
    }
    return {};
}

Result<> write_new(const std::string& path, std::string_view content, mode_t mode) {
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd)
        return fail("create", path, errno);
    if (fchmod(fd.get(), mode) < 0)
        return fail("set mode of", path, errno);
    if (auto ok = write_all(fd.get(), path, content); !ok)
        return ok;
    if (fsync(fd.get()) < 0)
        return fail("fsync", path, errno);
    return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return fail("open", path, errno);
    std::string content;
    for (;;) {
        const std::size_t before = content.size();
        // One byte over the limit tells a file that just fits from one that does not.
        content.resize(before + std::min<std::size_t>(limit + 1 - before, 64UL * 1024));
        const ssize_t size = read(fd.get(), content.data() + before, content.size() - before);
        const int problem = errno;
        content.resize(before + (size < 0 ? 0 : static_cast<std::size_t>(size)));
        if (size < 0 && problem != EINTR)
            return fail("read", path, problem);
        if (content.size() > limit)
            return fail("read", path, EFBIG, "it may have " + std::to_string(limit) + " bytes");
        if (size == 0)
            return content;
    }
}

Result<> replace_file(const std::string& path, std::string_view content, mode_t mode) {
    const std::string beside = path + ".new";
    if (auto ok = write_new(beside, content, mode); !ok) {
        unlink(beside.c_str());
        return ok;
    }
    if (rename(beside.c_str(), path.c_str()) < 0)
        return fail("rename to", path, errno);
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) < 0)
        return fail("fsync", directory, errno);
    return {};
}

}  // namespace anchorhold
