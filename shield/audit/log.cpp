#include "shield/audit/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.hpp"

namespace anchorhold::audit {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kKeyLimit = 4096;
constexpr std::size_t kTreeLimit = std::size_t{16} * 1024;
constexpr off_t kNotesRead = off_t{64} * 1024;

Result<> write_at(int fd, std::string_view bytes, std::uint64_t offset, std::string_view object) {
    while (!bytes.empty()) {
        const ssize_t size = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return fail("write", object, errno);
        bytes.remove_prefix(static_cast<std::size_t>(size));
        offset += static_cast<std::uint64_t>(size);
    }
    return {};
}

Result<> sync_directory(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) < 0)
        return fail("fsync", path, errno);
    return {};
}

Result<SigningKey> load_or_make_key(const std::string& directory, bool fresh) {
    const std::string path = directory + '/' + std::string(kKeyFile);
    const auto pem = read_file(path, kKeyLimit);
    if (pem)
        return SigningKey::from_pem(*pem);
    if (pem.error().number != ENOENT)
        return std::unexpected(pem.error());
    if (!fresh)
        return fail("open", path, ENOENT, "the log has records but its signing key is gone");
    auto key = SigningKey::generate();
    if (!key)
        return key;
    const auto text = key->pem();
    if (!text)
        return std::unexpected(text.error());
    if (auto ok = replace_file(path, *text, kMode); !ok)
        return std::unexpected(ok.error());
    return key;
}

}  // namespace

Log::Log(std::string directory, LogLimits limits, SigningKey key)
    : directory_(std::move(directory)), limits_(limits), key_(std::move(key)) {}

std::string Log::path(std::string_view name) const {
    return directory_ + '/' + std::string(name);
}

Result<Log> Log::open(const std::string& directory, LogLimits limits) {
    const auto segments = list_segments(directory);
    if (!segments)
        return std::unexpected(segments.error());
    auto key = load_or_make_key(directory, segments->empty());
    if (!key)
        return std::unexpected(key.error());
    Log log(directory, limits, std::move(*key));
    if (auto ok = replace_file(log.path(kVerifierFile), log.verifier().text() + '\n', 0644); !ok)
        return std::unexpected(ok.error());
    if (auto ok = log.recover(); !ok)
        return std::unexpected(ok.error());
    return log;
}

Result<> Log::recover() {
    const auto segments = list_segments(directory_);
    const auto checked = last_checkpoint();
    if (!segments || !checked)
        return std::unexpected(!segments ? segments.error() : checked.error());
    committed_.chain.uid = verifier().name;
    std::size_t begin = segments->empty() ? 0 : segments->size() - 1;
    if (begin > 0) {
        // The tree beside the last segment spares reading the others; without it they are read.
        const auto text = read_file(path(tree_name((*segments)[begin].first)), kTreeLimit);
        auto standing = text ? parse_standing(*text) : std::unexpected(text.error());
        if (standing && standing->tree.size() == (*segments)[begin].first && standing->chain.uid == verifier().name)
            committed_ = std::move(*standing);
        else
            begin = 0;
    }
    for (std::size_t i = begin; i < segments->size(); ++i)
        if (auto ok = replay((*segments)[i], *checked, i + 1 == segments->size()); !ok)
            return ok;
    if (const auto& checkpoint = *checked) {
        if (checkpoint->size > size())
            return fail("open log", directory_, 0,
                        "it ends before record " + std::to_string(size()) + ", but a checkpoint covers " +
                            std::to_string(checkpoint->size) + " records: it was cut off or an old copy was put back");
        signed_size_ = checkpoint->size;
    }
    ahead_ = committed_;
    return segments->empty() ? start_segment() : Result<>();
}

Result<> Log::replay(const Segment& segment, const std::optional<Checkpoint>& checked, bool last) {
    const auto changed = [&](std::string_view why) {
        return fail("open log", segment.path, 0, "record " + std::to_string(size()) + ": " + std::string(why));
    };
    if (segment.first != size())
        return changed("it is missing, the file begins with record " + std::to_string(segment.first));
    auto reader = LineReader::open(segment.path);
    if (!reader)
        return std::unexpected(reader.error());
    std::string_view line;
    std::string latest;
    std::uint64_t good_bytes = 0;
    const auto chained = committed_.chain;
    for (;;) {
        const auto more = reader->next(line);
        if (!more)
            return std::unexpected(more.error());
        if (!*more || !reader->finished())
            break;
        latest = line;
        committed_.tree.append(leaf_hash(line));
        good_bytes = reader->offset() + line.size() + 1;
        if (checked && checked->size == size() && checked->root != committed_.tree.root())
            return changed("this or an earlier one is not what was checkpointed");
    }
    if (!latest.empty()) {
        const auto record = read_record(latest);
        if (!record)
            return changed(record.error().text());
        if (record->chain != chained.uid || record->sequence + 1 != size())
            return changed("the last line is another record");
        committed_.chain.last = record->self;
    }
    committed_.chain.next = size();
    if (!last)
        return {};
    segment_.reset(::open(segment.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!segment_ || fstat(segment_.get(), &status) < 0)
        return fail("open", segment.path, errno);
    segment_bytes_ = good_bytes;
    cut_bytes_ = static_cast<std::uint64_t>(status.st_size) - good_bytes;
    if (cut_bytes_ > 0 && (ftruncate(segment_.get(), static_cast<off_t>(good_bytes)) < 0 || fsync(segment_.get()) < 0))
        return fail("cut off the unfinished line of", segment.path, errno);
    return {};
}

Result<std::optional<Checkpoint>> Log::last_checkpoint() {
    const std::string name = path(kCheckpointFile);
    checkpoints_.reset(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    struct stat status{};
    if (!checkpoints_ || fstat(checkpoints_.get(), &status) < 0)
        return fail("open", name, errno);
    const off_t start = std::max<off_t>(0, status.st_size - kNotesRead);
    std::string tail(static_cast<std::size_t>(status.st_size - start), '\0');
    if (pread(checkpoints_.get(), tail.data(), tail.size(), start) != static_cast<ssize_t>(tail.size()))
        return fail("read", name, errno);
    const auto end = tail.rfind('\n');
    tail.resize(end == std::string::npos ? 0 : end + 1);
    checkpoint_bytes_ = static_cast<std::uint64_t>(start) + tail.size();
    if (ftruncate(checkpoints_.get(), static_cast<off_t>(checkpoint_bytes_)) < 0)
        return fail("cut off the unfinished line of", name, errno);
    if (start > 0)
        tail.erase(0, tail.find('\n') + 1);
    const auto notes = read_notes(tail);
    if (!notes)
        return std::unexpected(notes.error());
    if (notes->empty())
        return std::optional<Checkpoint>();
    return open_checkpoint(notes->back(), verifier()).transform([](auto&& checkpoint) {
        return std::optional(std::forward<decltype(checkpoint)>(checkpoint));
    });
}

Result<> Log::start_segment() {
    const std::uint64_t first = size();
    const auto tree = standing_text(committed_);
    if (!tree)
        return std::unexpected(tree.error());
    if (auto ok = replace_file(path(tree_name(first)), *tree, kMode); !ok)
        return ok;
    const std::string name = path(segment_name(first));
    // What stands there after an attempt that failed half-way holds no record that counts.
    UniqueFd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!fd)
        return fail("create", name, errno);
    if (auto ok = sync_directory(directory_); !ok)
        return ok;
    segment_ = std::move(fd);
    segment_bytes_ = 0;
    return {};
}

Result<> Log::append(json::object event, std::string_view reporter) {
    const std::size_t start = pending_.size();
    if (auto ok = seal(pending_, std::move(event), reporter, ahead_.chain); !ok)
        return ok;
    ahead_.tree.append(leaf_hash(std::string_view(pending_).substr(start)));
    pending_ += '\n';
    return {};
}

Result<> Log::append(json::array events, std::string_view reporter) {
    const std::size_t start = pending_.size();
    const Standing before = ahead_;
    for (auto& event : events) {
        auto ok = event.is_object() ? append(std::move(event.get_object()), reporter)
                                    : fail("write record", "event", 0, "not an object");
        if (!ok) {
            pending_.resize(start);
            ahead_ = before;
            return ok;
        }
    }
    return {};
}

Result<> Log::write_pending() {
    if (lost_)
        return fail("write", directory_, EIO, "the disk failed before");
    if (segment_bytes_ >= limits_.segment_bytes)
        if (auto ok = start_segment(); !ok)
            return ok;
    if (auto ok = write_at(segment_.get(), pending_, segment_bytes_, directory_); !ok) {
        // Whole lines of a batch that was refused must not stand there.
        lost_ = ftruncate(segment_.get(), static_cast<off_t>(segment_bytes_)) < 0;
        return ok;
    }
    if (fdatasync(segment_.get()) < 0) {
        lost_ = true;
        return fail("fdatasync", directory_, errno);
    }
    return {};
}

Result<> Log::commit() {
    if (pending_.empty())
        return {};
    const auto written = write_pending();
    if (written) {
        segment_bytes_ += pending_.size();
        committed_ = ahead_;
    } else {
        ahead_ = committed_;
    }
    pending_.clear();
    return written;
}

Result<std::optional<std::string>> Log::checkpoint() {
    if (signed_size_ == size())
        return std::optional<std::string>();
    auto note = key_.sign(checkpoint_text({.origin = verifier().name, .size = size(), .root = committed_.tree.root()}));
    if (!note)
        return std::unexpected(note.error());
    auto line = canonical(json::value(*note));
    if (!line)
        return std::unexpected(line.error());
    *line += '\n';
    auto written = write_at(checkpoints_.get(), *line, checkpoint_bytes_, kCheckpointFile);
    if (written && fdatasync(checkpoints_.get()) < 0)
        written = fail("fdatasync", kCheckpointFile, errno);
    if (!written) {
        if (ftruncate(checkpoints_.get(), static_cast<off_t>(checkpoint_bytes_)) < 0)
            lost_ = true;
        return std::unexpected(written.error());
    }
    checkpoint_bytes_ += line->size();
    signed_size_ = size();
    return std::optional(std::move(*note));
}

}  // namespace anchorhold::audit
