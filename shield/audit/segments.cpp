#include "shield/audit/segments.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <format>

namespace anchorhold::audit {
namespace {

constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::string_view kSegmentStart = "records-";
constexpr std::string_view kSegmentEnd = ".jsonl";
constexpr std::size_t kDigits = 20;

std::optional<std::uint64_t> segment_number(std::string_view name) {
    if (name.size() != kSegmentStart.size() + kDigits + kSegmentEnd.size() || !name.starts_with(kSegmentStart) ||
        !name.ends_with(kSegmentEnd))
        return std::nullopt;
    std::uint64_t number = 0;
    const char* first = name.data() + kSegmentStart.size();
    const auto [end, problem] = std::from_chars(first, first + kDigits, number);
    return problem == std::errc() && end == first + kDigits ? std::optional(number) : std::nullopt;
}

Result<Digest> parse_digest(std::string_view text) {
    const auto bytes = from_hex(text);
    Digest digest{};
    if (!bytes || bytes->size() != digest.size())
        return fail("read tree", "hash", 0, "not a SHA-256 in hex");
    std::ranges::copy(*bytes, digest.begin());
    return digest;
}

Result<std::optional<Link>> parse_last(const json::object& object) {
    const auto* last = object.if_contains("last");
    if (last == nullptr)
        return std::optional<Link>();
    if (!last->is_object())
        return fail("read tree", "last", 0, "not an object");
    const auto uid = text_member(last->get_object(), "uid");
    const auto type_uid = integer_member(last->get_object(), "type_uid");
    const auto fingerprint = text_member(last->get_object(), "fingerprint").and_then(parse_digest);
    if (!uid || !type_uid || !fingerprint)
        return fail("read tree", "last", 0, "a member is missing");
    return Link{.uid = std::string(*uid), .type_uid = *type_uid, .fingerprint = *fingerprint};
}

}  // namespace

std::string segment_name(std::uint64_t first) {
    return std::format("records-{:020}.jsonl", first);
}

std::string tree_name(std::uint64_t first) {
    return std::format("tree-{:020}.json", first);
}

Result<std::vector<Segment>> list_segments(const std::string& directory) {
    std::error_code problem;
    std::vector<Segment> segments;
    for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
         entry.increment(problem))
        if (const auto number = segment_number(entry->path().filename().string()))
            segments.push_back({*number, entry->path().string()});
    if (problem)
        return fail("list", directory, problem.value());
    std::ranges::sort(segments, {}, &Segment::first);
    return segments;
}

Result<LineReader> LineReader::open(const std::string& path) {
    LineReader reader;
    reader.path_ = path;
    reader.fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!reader.fd_)
        return fail("open", path, errno);
    return reader;
}

Result<bool> LineReader::next(std::string_view& line) {
    std::size_t searched = start_;
    for (;;) {
        const auto end = buffer_.find('\n', searched);
        if (end != std::string::npos) {
            line = std::string_view(buffer_).substr(start_, end - start_);
            finished_ = true;
            start_ = end + 1;
            offset_ = next_offset_;
            next_offset_ += line.size() + 1;
            return true;
        }
        buffer_.erase(0, start_);
        start_ = 0;
        searched = buffer_.size();
        if (buffer_.size() > kMaxRecord)
            return fail("read", path_, EMSGSIZE, "a line at byte " + std::to_string(next_offset_) + " is too long");
        buffer_.resize(searched + kPiece);
        const ssize_t size = read(fd_.get(), buffer_.data() + searched, kPiece);
        const int number = errno;
        buffer_.resize(searched + (size < 0 ? 0 : static_cast<std::size_t>(size)));
        if (size < 0 && number != EINTR)
            return fail("read", path_, number);
        if (size == 0) {
            line = buffer_;
            finished_ = false;
            start_ = buffer_.size();
            offset_ = next_offset_;
            next_offset_ += line.size();
            return !line.empty();
        }
    }
}

Result<std::string> standing_text(const Standing& standing) {
    json::array hashes;
    for (const auto& subtree : standing.tree.subtrees())
        hashes.emplace_back(to_hex(subtree));
    json::object object{{"chain", standing.chain.uid}, {"size", standing.tree.size()}, {"hashes", std::move(hashes)}};
    if (standing.chain.last)
        object["last"] = {{"uid", standing.chain.last->uid},
                          {"type_uid", standing.chain.last->type_uid},
                          {"fingerprint", to_hex(standing.chain.last->fingerprint)}};
    return canonical(object);
}

Result<Standing> parse_standing(std::string_view text) {
    const auto value = parse_json(text);
    if (!value || !value->is_object())
        return fail("read tree", "", 0, "not a JSON object");
    const auto& object = value->get_object();
    const auto chain = text_member(object, "chain");
    const auto size = integer_member(object, "size");
    const auto hashes = array_member(object, "hashes");
    auto last = parse_last(object);
    if (!chain || !size || !hashes || !last || *size < 0)
        return fail("read tree", "", 0, "a member is missing");
    std::vector<Digest> subtrees;
    for (const auto& hash : **hashes) {
        const auto digest = hash.is_string() ? parse_digest(hash.get_string()) : fail("read tree", "hash");
        if (!digest)
            return std::unexpected(digest.error());
        subtrees.push_back(*digest);
    }
    const auto count = static_cast<std::uint64_t>(*size);
    auto tree = MerkleTree::restore(count, std::move(subtrees));
    if (!tree)
        return fail("read tree", "hashes", 0, "not as many as a tree of this size has");
    return Standing{.chain = {.uid = std::string(*chain), .next = count, .last = std::move(*last)}, .tree = *tree};
}

}  // namespace anchorhold::audit
