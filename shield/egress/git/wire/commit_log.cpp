#include "shield/egress/git/wire/commit_log.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_set>

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "shield/egress/git/wire/pack_delta.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxObjects = 10'000;
constexpr std::size_t kMaxBytes = 4UL << 20;  // of their texts
constexpr std::size_t kMaxObject = 64UL * 1024;
constexpr std::size_t kMaxSteps = 50'000;  // from commit to parent, of all walks
constexpr std::size_t kMaxShown = 200;

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::optional<std::string> for_a_person(std::string_view line) {
    if (!text_utf8(line) || line.contains('\r'))
        return std::nullopt;
    if (line.size() <= kMaxShown)
        return std::string(line);
    constexpr std::string_view kEllipsis = "…";
    std::size_t end = kMaxShown - kEllipsis.size();
    while ((static_cast<std::uint8_t>(line[end]) & 0xc0) == 0x80)
        --end;
    return std::string(line.substr(0, end)).append(kEllipsis);
}

// The head's line of that name and the message's first one: git-cat-file(1) shows a commit as it is stored.
ShownCommit read_commit(std::string_view id, std::string_view text) {
    ShownCommit shown{.id = std::string(id), .subject = std::nullopt, .author = std::nullopt};
    constexpr std::string_view kAuthor = "author ";
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.empty())
            break;
        if (line.starts_with(kAuthor) && !shown.author)
            shown.author = for_a_person(line.substr(kAuthor.size(), line.rfind('>') + 1 - kAuthor.size()));
    }
    while (text.starts_with('\n'))
        text.remove_prefix(1);
    shown.subject = for_a_person(take_line(text));
    return shown;
}

}  // namespace

bool CommitLog::begin(const PackObject& object) {
    content_.clear();
    current_ = object;
    return (object.type == PackType::commit || object.type == PackType::tag) && object.size <= kMaxObject &&
           objects_.size() < kMaxObjects && kept_bytes_ < kMaxBytes;
}

void CommitLog::data(ByteView bytes) {
    content_ += as_text(bytes);
}

void CommitLog::end() {
    Object object{.offset = current_.offset, .tag = current_.type == PackType::tag, .id = {}, .text = {}};
    if (current_.base) {
        const Object* const base = at_offset(*current_.base);
        auto made = base == nullptr ? std::nullopt : apply_delta(base->text, content_, kMaxObject);
        if (!made)
            return;  // unknown, as a commit that is not in the pack
        object.text = std::move(*made);
    } else {
        object.text = content_;
    }
    object.id = id_of(object);
    if (object.id.empty())
        return;
    kept_bytes_ += object.text.size();
    by_id_.try_emplace(object.id, objects_.size());
    objects_.push_back(std::move(object));
}

const CommitLog::Object* CommitLog::at_offset(std::uint64_t offset) const {
    const auto found = std::ranges::lower_bound(objects_, offset, {}, &Object::offset);
    return found == objects_.end() || found->offset != offset ? nullptr : &*found;
}

const CommitLog::Object* CommitLog::of_id(std::string_view id) const {
    const auto found = by_id_.find(std::string(id));
    return found == by_id_.end() ? nullptr : &objects_[found->second];
}

std::string CommitLog::id_of(const Object& object) const {
    const std::string named =
        (object.tag ? "tag " : "commit ") + std::to_string(object.text.size()) + '\0' + object.text;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(named.data(), named.size(), digest.data(), &size, id_bytes_ == 20 ? EVP_sha1() : EVP_sha256(),
                   nullptr) != 1)
        return {};
    return to_hex(ByteView(digest.data(), size));
}

std::vector<std::string_view> CommitLog::parents_of(const Object& object) const {
    // Only where git looks for them: a `parent` line behind the author is none.
    std::string_view text = object.text;
    const auto id_behind = [&](std::string_view word) -> std::string_view {
        std::string_view rest = text;
        const std::string_view line = take_line(rest);
        if (!line.starts_with(word) || line.size() != word.size() + 2 * id_bytes_)
            return {};
        text = rest;
        return line.substr(word.size());
    };
    if (object.tag)
        return {id_behind("object ")};
    std::vector<std::string_view> parents;
    if (id_behind("tree ").empty())
        return {{}};  // no commit that git would take: the way ends in the unknown
    for (auto id = id_behind("parent "); !id.empty(); id = id_behind("parent "))
        parents.push_back(id);
    return parents;
}

Ancestry CommitLog::has_ancestor(std::string_view new_id, std::string_view old_id) {
    std::vector<std::string_view> left{new_id};
    std::unordered_set<std::string_view> met{new_id};
    bool leaves = false;
    while (!left.empty()) {
        const std::string_view id = left.back();
        left.pop_back();
        if (id == old_id)
            return Ancestry::yes;
        const Object* const object = of_id(id);
        if (object == nullptr) {
            leaves = true;
            continue;
        }
        for (const std::string_view parent : parents_of(*object)) {
            if (++steps_ > kMaxSteps)
                return Ancestry::unknown;
            if (met.insert(parent).second)
                left.push_back(parent);
        }
    }
    return leaves ? Ancestry::unknown : Ancestry::no;
}

std::vector<ShownCommit> CommitLog::shown(std::span<const std::string_view> from, std::size_t most) const {
    std::vector<ShownCommit> commits;
    std::deque<std::string_view> left(from.begin(), from.end());
    std::unordered_set<std::string_view> met;
    for (std::size_t steps = 0; !left.empty() && commits.size() < most && steps < kMaxSteps; ++steps) {
        const std::string_view id = left.front();
        left.pop_front();
        const Object* const object = met.insert(id).second ? of_id(id) : nullptr;
        if (object == nullptr)
            continue;
        if (!object->tag)
            commits.push_back(read_commit(object->id, object->text));
        const auto parents = parents_of(*object);
        left.insert(left.end(), parents.begin(), parents.end());
    }
    return commits;
}

}  // namespace anchorhold::egress
