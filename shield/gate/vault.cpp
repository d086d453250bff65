#include "shield/gate/vault.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/unique_fd.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::string_view kPrefix = "anchorhold.secret.";
constexpr std::size_t kMaxFileBytes = 64UL * 1024;

struct Source {
    std::string name;
    UniqueFd fd;
    std::size_t size = 0;
};

Result<std::vector<Source>> open_all(const std::string& directory) {
    std::vector<Source> sources;
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator(directory, problem)) {
        const std::string file = entry.path().filename();
        if (!file.starts_with(kPrefix))
            continue;
        Source source{.name = file.substr(kPrefix.size()),
                      .fd = UniqueFd(open(entry.path().c_str(), O_RDONLY | O_CLOEXEC))};
        struct stat status{};
        if (!source.fd || fstat(source.fd.get(), &status) < 0)
            return fail("open", entry.path().string(), errno);
        source.size = static_cast<std::size_t>(status.st_size);
        if (source.size > kMaxFileBytes)
            return fail("read", entry.path().string(), EFBIG, "a secret has at most 64 KiB");
        sources.push_back(std::move(source));
    }
    if (problem && problem.value() != ENOENT)
        return fail("list", directory, problem.value());
    return sources;
}

Result<std::span<char>> secret_memory(std::size_t size) {
    constexpr std::size_t page = 4096;
    size = (size + page - 1) / page * page;
    const UniqueFd fd(static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC)));
    if (fd && ftruncate(fd.get(), static_cast<off_t>(size)) == 0) {
        void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
        if (at != MAP_FAILED)
            return std::span(static_cast<char*>(at), size);
    }
    void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return fail("map", "vault", errno);
    if (mlock(at, size) < 0 || madvise(at, size, MADV_DONTDUMP) < 0 || madvise(at, size, MADV_DONTFORK) < 0) {
        const int number = errno;
        munmap(at, size);
        return fail("lock", "vault", number, "RLIMIT_MEMLOCK must allow " + std::to_string(size) + " bytes");
    }
    return std::span(static_cast<char*>(at), size);
}

}  // namespace

Result<Vault> Vault::load(const std::string& directory) {
    auto sources = open_all(directory);
    if (!sources)
        return std::unexpected(sources.error());
    Vault vault;
    std::size_t total = 0;
    for (const auto& source : *sources)
        total += source.size;
    if (total == 0 && sources->empty())
        return vault;
    auto memory = secret_memory(std::max<std::size_t>(total, 1));
    if (!memory)
        return std::unexpected(memory.error());
    vault.memory_ = *memory;
    std::size_t offset = 0;
    for (const auto& source : *sources) {
        std::size_t size = 0;
        while (size < source.size) {
            const ssize_t more = read(source.fd.get(), vault.memory_.data() + offset + size, source.size - size);
            if (more <= 0)
                return fail("read", std::string(kPrefix) + source.name, more < 0 ? errno : EIO);
            size += static_cast<std::size_t>(more);
        }
        const bool newline = size > 0 && vault.memory_[offset + size - 1] == '\n';
        vault.entries_.push_back({source.name, offset, size - (newline ? 1 : 0)});
        offset += size;
    }
    return vault;
}

Vault::Vault(Vault&& other) noexcept
    : memory_(std::exchange(other.memory_, {})), entries_(std::exchange(other.entries_, {})) {}

Vault& Vault::operator=(Vault&& other) noexcept {
    if (this != &other) {
        wipe();
        memory_ = std::exchange(other.memory_, {});
        entries_ = std::exchange(other.entries_, {});
    }
    return *this;
}

Vault::~Vault() {
    wipe();
}

void Vault::wipe() noexcept {
    if (memory_.empty())
        return;
    explicit_bzero(memory_.data(), memory_.size());
    munmap(memory_.data(), memory_.size());
    memory_ = {};
    entries_.clear();
}

std::optional<std::span<const char>> Vault::find(std::string_view name) const {
    const auto entry = std::ranges::find(entries_, name, &Entry::name);
    if (entry == entries_.end())
        return std::nullopt;
    return std::span<const char>(memory_.data() + entry->offset, entry->size);
}

}  // namespace anchorhold::gate
