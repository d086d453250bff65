#include "shield/echo/index.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ranges>
#include <span>
#include <utility>

namespace anchorhold::echo {
namespace {

// 1 in 64 windows that are no pattern's passes the bitmap.
constexpr std::size_t kBitsAGram = 64;
// Another spelling of up to so many characters at a pattern's end may have become one with what stands beside it.
constexpr std::size_t kMaxSwallowed = 8;
constexpr std::size_t kMaxToken = 64;
// What comparing windows may cost a text, in bytes brought into normal form: so much in any, so much for each of its
// own.
constexpr std::size_t kLeastWork = std::size_t{128} * 1024;
constexpr std::size_t kWorkAByte = 4;
// What costs as much as so many bytes.
constexpr std::size_t kReading = 128;
constexpr std::size_t kComparison = 1024;

struct Keys {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::array<unsigned char, 32> code{};
    Keys() {
        if (RAND_bytes(reinterpret_cast<unsigned char*>(this), sizeof *this) != 1)
            std::abort();  // without them the windows could be foretold
    }
};
const Keys& keys() {
    static const Keys kKeys;
    return kKeys;
}

// Of kGram bytes. The product of two keyed words, folded.
std::uint64_t hash_of(const char* text, const Keys& key) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, text, sizeof left);
    std::memcpy(&right, text + kGram - sizeof right, sizeof right);
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(left ^ key.first) * (right ^ key.second);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Of two windows' hashes that of the wider one which they cover.
constexpr std::uint64_t join(std::uint64_t left, std::uint64_t right) {
    return std::rotl(left, 25) * 0x9e37'79b9'7f4a'7c15U + right;
}

// The hashes of the windows that end at one place, each wider one made of narrower ones on the way.
class Windows {
  public:
    static constexpr std::size_t kCount = kWidths.size();
    // `last`: of the last kGram bytes. Places are kStep apart.
    const std::array<std::uint64_t, kCount>& next(std::uint64_t last) {
        const std::size_t now = place_++ % kKept;
        grams_[now] = last;
        doubles_[now] = join(ago(grams_, now, kGram), last);
        hashes_ = {last, join(ago(grams_, now, kWidths[1] - kGram), last), doubles_[now],
                   join(ago(doubles_, now, 2 * kGram), doubles_[now])};
        return hashes_;
    }

  private:
    static constexpr std::size_t kKept = 16;
    static_assert(kWidths[1] % kStep == 0 && kGram % kStep == 0 && kKept > 2 * kGram / kStep);
    static_assert(kWidths[1] < 2 * kGram && kWidths[2] == 2 * kGram && kWidths[3] == 4 * kGram);
    using Kept = std::array<std::uint64_t, kKept>;
    static std::uint64_t ago(const Kept& kept, std::size_t now, std::size_t bytes) {
        return kept[(now + kKept - bytes / kStep) % kKept];
    }
    Kept grams_{};
    Kept doubles_{};
    std::array<std::uint64_t, kCount> hashes_{};
    std::size_t place_ = 0;
};

// Of the window of that width at its beginning, as the text's are made.
std::uint64_t window_of(std::string_view text, std::size_t width, const Keys& key) {
    Windows windows;
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at + kGram <= width; at += kStep)
        hash = windows.next(hash_of(
            text.data() + at, key))[static_cast<std::size_t>(std::ranges::find(kWidths, width) - kWidths.begin())];
    return hash;
}

std::array<std::uint8_t, 32> code_of(std::string_view normal) {
    std::array<std::uint8_t, 32> code{};
    unsigned size = code.size();
    if (HMAC(EVP_sha256(), keys().code.data(), static_cast<int>(keys().code.size()),
             reinterpret_cast<const unsigned char*>(normal.data()), normal.size(), code.data(), &size) == nullptr)
        std::abort();
    return code;
}

// A normal form for a moment: it may hold a secret.
class Form {
  public:
    explicit Form(std::string_view raw) : bytes_(raw.size() + kSlack) { size_ = normalise(raw, bytes_.data()); }
    Form(std::string_view raw, std::span<Origin> origins) : bytes_(raw.size() + kSlack) {
        size_ = normalise(raw, bytes_.data(), origins);
    }
    Form(const Form&) = delete;
    Form& operator=(const Form&) = delete;
    ~Form() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }

  private:
    std::vector<char> bytes_;
    std::size_t size_ = 0;
};

// The same of a secret: in OpenSSL's secure heap.
class Locked {
  public:
    explicit Locked(std::string_view raw)
        : room_(raw.size() + kSlack), bytes_(static_cast<char*>(OPENSSL_secure_malloc(room_))) {
        if (bytes_ == nullptr)
            throw std::bad_alloc();
        size_ = normalise(raw, bytes_);
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    ~Locked() { OPENSSL_secure_clear_free(bytes_, room_); }
    [[nodiscard]] std::string_view text() const { return {bytes_, size_}; }

  private:
    std::size_t room_;
    char* bytes_;
    std::size_t size_ = 0;
};

bool in_base64(char folded) {
    return (folded >= 'a' && folded <= 'z') || (folded >= '0' && folded <= '9') || folded == '+' || folded == '/';
}

}  // namespace

struct Index::View {
    std::string_view raw;
    std::string_view normal;
    std::span<const Origin> origins;
};

// What may still be spent on comparing.
struct Index::Budget {
    std::size_t left = 0;
    bool spend(std::size_t cost) {
        left -= std::min(cost, left);
        return left > 0;
    }
};

void Index::add(std::string_view spelling, std::uint32_t secret, Coding coding) {
    const Locked form(spelling);
    const std::string_view normal = form.text();
    if (normal.size() < kMinSecretBytes)
        return;
    // None that egress looks for is so short; it is rather found than kept from clocks.
    if (normal.size() < coding.width + kStep || !std::ranges::contains(kWidths, coding.width))
        coding.width = kGram;
    const Code code = code_of(normal);
    if (std::ranges::contains(patterns_, code, &Pattern::code))
        return;
    const auto number = static_cast<std::uint32_t>(patterns_.size());
    patterns_.push_back({code, normal.size(), secret, coding});
    // One of kStep neighbours is at a place that is looked at; twice as many, since what stands beside the pattern may
    // have eaten its last bytes, or the first of a short one.
    const std::size_t windows = std::min(2 * kStep, normal.size() - coding.width + 1);
    for (std::size_t i = 0; i < windows; ++i) {
        const std::size_t offset = normal.size() - coding.width - i;
        grams_.push_back(
            {window_of(normal.substr(offset), coding.width, keys()), number, static_cast<std::uint32_t>(offset)});
    }
}

void Index::seal() {
    std::ranges::sort(grams_, {}, &Gram::hash);
    const std::size_t words = std::bit_ceil(std::max<std::size_t>(64, grams_.size() * kBitsAGram / 64));
    bitmap_.assign(words, 0);
    mask_ = words - 1;
    for (const Gram& gram : grams_)
        bitmap_[(gram.hash >> 6U) & mask_] |= std::uint64_t{1} << (gram.hash & 63U);
}

void Index::look_up(std::size_t end, std::size_t width, std::uint64_t hash, std::vector<Seen>& seen) const {
    if (end < width)
        return;
    for (const Gram& gram : std::ranges::equal_range(grams_, hash, {}, &Gram::hash))
        if (patterns_[gram.pattern].coding.width == width)
            seen.push_back({end - width, &gram});
}

std::vector<Index::Seen> Index::seen_in(std::string_view normal) const {
    std::vector<Seen> seen;
    const Keys& key = keys();
    Windows windows;
    for (std::size_t at = 0; at + kGram <= normal.size(); at += kStep) {
        const auto& hashes = windows.next(hash_of(normal.data() + at, key));
        // All four are looked at, whatever each of them says.
        if ((may_be(hashes[0]) | may_be(hashes[1]) | may_be(hashes[2]) | may_be(hashes[3])) != 0) [[unlikely]]
            for (std::size_t i = 0; i < kWidths.size(); ++i)
                look_up(at + kGram, kWidths[i], hashes[i], seen);
    }
    return seen;
}

std::size_t Index::windows(std::string_view raw) const {
    return seen_in(Form(raw).text()).size();
}

std::vector<Found> Index::find(std::string_view raw) const {
    std::vector<Found> all;
    if (empty() || raw.size() < kMinSecretBytes)
        return all;
    // Kept between calls: an answer is read in many pieces.
    static thread_local std::vector<char> kept;
    if (kept.size() < raw.size() + kSlack)
        kept.resize(raw.size() + kSlack);
    const std::size_t size = normalise(raw, kept.data());
    const std::vector<Seen> seen = seen_in({kept.data(), size});
    if (seen.empty())
        return all;

    std::vector<Origin> origins(raw.size());
    {
        const Form form(raw, origins);
        const View view{raw, form.text(), origins};
        Budget budget{kLeastWork + kWorkAByte * raw.size()};
        // Where the pattern would end that was last compared: its windows are seen one after the other.
        std::vector<std::size_t> compared(patterns_.size(), 0);
        for (const Seen& each : seen) {
            const std::size_t end = each.at + patterns_[each.gram->pattern].size - each.gram->offset;
            if (std::exchange(compared[each.gram->pattern], end) == end)
                continue;
            if (Found found{}; verify(view, each, budget, found))
                all.push_back(found);
        }
    }
    OPENSSL_cleanse(kept.data(), size);
    std::ranges::sort(all, [](const Found& a, const Found& b) { return a.from < b.from; });
    std::vector<Found> apart;
    for (const Found& found : all) {
        if (!apart.empty() && found.from < apart.back().to)
            apart.back().to = std::max(apart.back().to, found.to);
        else
            apart.push_back(found);
    }
    return apart;
}

// The window is the pattern's; is the rest around it? A first or last character of it may have been read as a part of
// an escape that began before it ("=" before hex digits), so raw text is also cut between its neighbours.
bool Index::verify(const View& view, const Seen& seen, Budget& budget, Found& found) const {
    if (budget.left == 0) {
        found = unverified(view, seen);
        return true;
    }
    const Pattern& pattern = patterns_[seen.gram->pattern];
    const std::size_t before = seen.gram->offset;
    const std::size_t behind = pattern.size - before;
    const auto cuts_in = [](std::size_t from, std::size_t to, std::vector<std::size_t>& cuts) {
        for (std::size_t cut = from; cut < to; ++cut)
            cuts.push_back(cut);
    };
    std::vector<std::size_t> starts;
    std::vector<std::size_t> ends;
    if (seen.at >= before)
        starts.push_back(view.origins[seen.at - before].from);
    for (std::size_t gone = 1; gone <= std::min(kMaxSwallowed, before); ++gone) {
        if (seen.at + gone < before)
            continue;
        // What is left of the pattern begins with this one.
        const std::size_t first = seen.at + gone - before;
        const std::size_t to = view.origins[first].from;
        const std::size_t from = first > 0 ? view.origins[first - 1].from + 1 : 0;
        cuts_in(std::max(from, to - std::min(to, kMaxToken)), to, starts);
    }
    if (seen.at + behind <= view.normal.size())
        ends.push_back(view.origins[seen.at + behind - 1].to);
    for (std::size_t gone = 1; gone <= std::min(kMaxSwallowed, behind - pattern.coding.width); ++gone) {
        const std::size_t next = seen.at + behind - gone;
        if (next > view.normal.size())
            continue;
        const std::size_t from = view.origins[next - 1].to + 1;
        const std::size_t to = next < view.normal.size() ? std::size_t{view.origins[next].to} : view.raw.size() + 1;
        std::vector<std::size_t> cuts;
        cuts_in(from, std::min(to, from + kMaxToken), cuts);
        // The longest first: an escaped backslash is two. Not with what stands for nothing.
        for (const std::size_t cut : cuts | std::views::reverse)
            if (static_cast<unsigned char>(view.raw[cut - 1]) > ' ')
                ends.push_back(cut);
    }
    for (const std::size_t from : starts)
        for (const std::size_t to : ends) {
            if (to <= from)
                continue;
            if (!budget.spend(kReading + to - from)) {
                found = unverified(view, seen);
                return true;
            }
            const Form form(view.raw.substr(from, to - from));
            if (form.text().size() != pattern.size)
                continue;
            (void)budget.spend(kComparison);
            if (code_of(form.text()) != pattern.code)
                continue;
            found = {from, to, pattern.secret};
            // Only what stands next to it: behind a blank there is something else.
            const auto joined = [&](std::size_t at) { return at < view.normal.size() && in_base64(view.normal[at]); };
            for (std::size_t more = 1; more <= pattern.coding.around; ++more) {
                if (const std::size_t last = seen.at - before - more;
                    seen.at >= before + more && joined(last) && view.origins[last].to == found.from)
                    found.from = view.origins[last].from;
                if (const std::size_t next = seen.at + behind + more - 1;
                    joined(next) && view.origins[next].from == found.to)
                    found.to = view.origins[next].to;
            }
            return true;
        }
    return false;
}

// All that may belong to it. What a neighbour has swallowed has become less, so it lies within.
Found Index::unverified(const View& view, const Seen& seen) const {
    const Pattern& pattern = patterns_[seen.gram->pattern];
    const std::size_t before = seen.gram->offset + pattern.coding.around;
    const std::size_t end = seen.at + pattern.size - seen.gram->offset + pattern.coding.around;
    return {seen.at > before ? view.origins[seen.at - before].from : 0,
            end < view.normal.size() ? view.origins[end - 1].to : view.raw.size(), pattern.secret};
}

}  // namespace anchorhold::echo
