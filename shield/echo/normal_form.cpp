#include "shield/echo/normal_form.hpp"

#include <openssl/crypto.h>
#include <tmmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace anchorhold::echo {
namespace {

using Byte = unsigned char;

constexpr bool dropped(Byte c) {
    return c <= 0x20 || c == 0x7f;
}
// What an escape begins with.
constexpr bool opens(Byte c) {
    return c == '%' || c == '=' || c == '&' || c == '\\';
}
constexpr Byte fold(Byte c) {
    if (c >= 'A' && c <= 'Z')
        return c | 0x20U;
    return c == '-' ? '+' : c == '_' ? '/' : c;
}
constexpr std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

// Of each byte: what it becomes, and 0x100 when it is kept.
constexpr auto kFolded = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned c = 0; c < table.size(); ++c)
        table[c] = static_cast<std::uint16_t>(fold(static_cast<Byte>(c)) | (dropped(static_cast<Byte>(c)) ? 0 : 0x100));
    return table;
}();

// HTML's names of ASCII punctuation, folded.
struct Name {
    std::string_view name;
    char byte;
};
constexpr Name kNames[] = {{"amp", '&'},     {"lt", '<'},
                           {"gt", '>'},      {"quot", '"'},
                           {"apos", '\''},   {"plus", '+'},
                           {"sol", '/'},     {"equals", '='},
                           {"lowbar", '_'},  {"underbar", '_'},
                           {"excl", '!'},    {"num", '#'},
                           {"dollar", '$'},  {"percnt", '%'},
                           {"lpar", '('},    {"rpar", ')'},
                           {"ast", '*'},     {"midast", '*'},
                           {"comma", ','},   {"period", '.'},
                           {"colon", ':'},   {"semi", ';'},
                           {"quest", '?'},   {"commat", '@'},
                           {"lsqb", '['},    {"lbrack", '['},
                           {"bsol", '\\'},   {"rsqb", ']'},
                           {"rbrack", ']'},  {"hat", '^'},
                           {"grave", '`'},   {"lcub", '{'},
                           {"lbrace", '{'},  {"diacriticalgrave", '`'},
                           {"verbar", '|'},  {"vert", '|'},
                           {"rcub", '}'},    {"verticalline", '|'},
                           {"rbrace", '}'},  {"tab", '\t'},
                           {"newline", '\n'}};
constexpr std::size_t kMaxReference = 19;  // "&diacriticalgrave;" and a margin

struct Escape {
    std::size_t length;
    Byte byte;
};

std::optional<Byte> number(std::string_view text, unsigned base) {
    constexpr std::size_t most_digits = 8;  // &#00000038;
    unsigned value = 0;
    if (text.empty() || text.size() > most_digits)
        return std::nullopt;
    for (const char c : text) {
        const auto next = digit(c);
        if (!next || *next >= base)
            return std::nullopt;
        value = value * base + *next;
    }
    return value < 0x100 ? std::optional(static_cast<Byte>(value)) : std::nullopt;
}

// `text` ends in a hex digit: of %XX, =XX, \xXX, \uXXXX or %uXXXX?
std::optional<Escape> hex_escape(std::string_view text) {
    const auto at = [&](std::size_t back) { return back <= text.size() ? text[text.size() - back] : ' '; };
    const auto value = [&](std::size_t digits) { return number(text.substr(text.size() - digits), 16); };
    if (text.size() < 3 || !digit(at(2)))
        return std::nullopt;
    if (at(3) == '%' || at(3) == '=')
        return Escape{3, *value(2)};
    if (at(3) == 'x' && at(4) == '\\')
        return Escape{4, *value(2)};
    if (at(5) == 'u' && (at(6) == '\\' || at(6) == '%'))
        if (const auto byte = value(4))
            return Escape{6, *byte};
    return std::nullopt;
}

// `text` ends in ';': of &#N; &#xN; or &name;?
std::optional<Escape> reference(std::string_view text) {
    const std::size_t first = text.size() - std::min(text.size(), kMaxReference);
    const auto begin = text.rfind('&');
    if (begin == text.npos || begin < first)
        return std::nullopt;
    const std::string_view name = text.substr(begin + 1, text.size() - begin - 2);
    std::optional<Byte> byte;
    if (name.starts_with("#x")) {
        byte = number(name.substr(2), 16);
    } else if (name.starts_with('#')) {
        byte = number(name.substr(1), 10);
    } else if (const auto* found = std::ranges::find(kNames, name, &Name::name); found != std::end(kNames)) {
        byte = static_cast<Byte>(found->byte);
    }
    return byte ? std::optional(Escape{text.size() - begin, *byte}) : std::nullopt;
}

// The byte at `at` opens escapes: can what follows make one of it? True where that is not plain to see.
bool may_open(const char* at, const char* end) {
    const char* next = at + 1;
    const auto unclear = [](Byte c) { return opens(c) || dropped(c); };
    const auto hex = [](Byte c) { return digit(static_cast<char>(fold(c))).has_value(); };
    if (*at == '&') {
        for (; next != end && next - at < static_cast<std::ptrdiff_t>(kMaxReference); ++next) {
            const Byte c = fold(static_cast<Byte>(*next));
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '#')
                return c == ';' || unclear(c);
        }
        return next == end;
    }
    for (int i = 0; i < 2; ++i, ++next) {
        if (next == end || unclear(static_cast<Byte>(*next)))
            return true;
        const Byte c = fold(static_cast<Byte>(*next));
        if (i == 0 && *at == '\\')
            return c == 'u' || c == 'x';
        if (i == 0 && *at == '%' && c == 'u')
            return true;
        if (!hex(c))
            return false;
    }
    return true;
}

void take_byte(char c, char*& out) {
    const std::uint16_t entry = kFolded[static_cast<Byte>(c)];
    *out = static_cast<char>(entry);
    out += entry >> 8U;
}

// Of eight bytes those whose bit is not set, first: where each comes from, and how many they are.
struct Pick {
    std::array<std::uint8_t, 8> from{};
    std::uint8_t count = 0;
};
constexpr auto kPicks = [] {
    std::array<Pick, 256> picks{};
    for (unsigned gone = 0; gone < picks.size(); ++gone)
        for (unsigned i = 0; i < 8; ++i)
            if ((gone >> i & 1U) == 0)
                picks[gone].from[picks[gone].count++] = static_cast<std::uint8_t>(i);
    return picks;
}();
const bool kShuffles = __builtin_cpu_supports("ssse3") != 0;

__attribute__((target("ssse3"))) char* without(__m128i bytes, unsigned gone, char* out) {
    const auto half = [](const Pick& pick) {
        return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pick.from.data()));
    };
    const Pick& first = kPicks[gone & 0xffU];
    const Pick& second = kPicks[gone >> 8U & 0xffU];
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(bytes, half(first)));
    out += first.count;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(_mm_srli_si128(bytes, 8), half(second)));
    return out + second.count;
}

// From `at` to `out` until something may open an escape; to there.
const char* copy_plain(const char* at, const char* const end, char*& to) {
    char* out = to;
    while (end - at >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const auto equal = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
        const auto opening = static_cast<unsigned>(_mm_movemask_epi8(
            _mm_or_si128(_mm_or_si128(equal('%'), equal('&')), _mm_or_si128(equal('='), equal('\\')))));
        // Signed: bytes from 0x80 up are below zero.
        const __m128i low =
            _mm_andnot_si128(_mm_cmplt_epi8(bytes, _mm_setzero_si128()), _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21)));
        auto gone = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, equal(0x7f))));
        const __m128i capital =
            _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
        const __m128i change = _mm_or_si128(_mm_and_si128(capital, _mm_set1_epi8(0x20)),
                                            _mm_or_si128(_mm_and_si128(equal('-'), _mm_set1_epi8('-' ^ '+')),
                                                         _mm_and_si128(equal('_'), _mm_set1_epi8('_' ^ '/'))));
        const __m128i folded = _mm_xor_si128(bytes, change);
        const int plain = opening == 0 ? 16 : std::countr_zero(opening);
        gone |= (0xffffU << static_cast<unsigned>(plain)) & 0xffffU;
        if (gone == 0) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out), folded);
            out += 16;
        } else if (kShuffles) {
            out = without(folded, gone, out);
        } else {
            for (int i = 0; i < plain; ++i)
                take_byte(at[i], out);
        }
        at += plain;
        if (opening == 0)
            continue;
        if (may_open(at, end)) {
            to = out;
            return at;
        }
        if (*at != '\\')
            *out++ = *at;
        ++at;
    }
    while (at != end) {
        if (!opens(static_cast<Byte>(*at)))
            take_byte(*at++, out);
        else if (may_open(at, end))
            break;
        else if (*at == '\\')
            ++at;
        else
            *out++ = *at++;
    }
    to = out;
    return at;
}

// The normal form as it grows. What was written last may be taken back when an escape turns out whole.
class Writer {
  public:
    Writer(char* out, Origin* origins) : out_(out), origins_(origins) {}

    void take(Byte c, Origin origin) noexcept {
        for (;;) {
            if (dropped(c)) {
                // A soft line break of quoted-printable.
                if (c == '\n' && size_ > 0 && out_[size_ - 1] == '=')
                    --size_;
                return;
            }
            const Byte folded = fold(c);
            if (size_ > 0 && out_[size_ - 1] == '\\' && folded != 'u' && folded != 'x')
                --size_;
            if (origins_ != nullptr)
                origins_[size_] = origin;
            out_[size_++] = static_cast<char>(folded);
            if (opens(folded)) {
                // Behind it so many bytes may complete something.
                busy_until(folded == '&' ? kMaxReference : folded == '=' ? 2 : 5);  // uXXXX
                return;
            }
            const std::string_view text(out_, size_);
            const auto escape = folded == ';' ? reference(text) : digit(text.back()) ? hex_escape(text) : std::nullopt;
            if (!escape)
                return;
            size_ -= escape->length;
            if (origins_ != nullptr)
                origin.from = origins_[size_].from;
            c = escape->byte;
        }
    }

    // As many bytes as can be taken without a look at what was before; they end before one that may open an escape.
    std::size_t take_plain(std::string_view raw) noexcept {
        if (size_ < busy_ || origins_ != nullptr)
            return 0;
        char* out = out_ + size_;
        const char* const from = raw.data();
        const char* const at = copy_plain(from, from + raw.size(), out);
        size_ = static_cast<std::size_t>(out - out_);
        return static_cast<std::size_t>(at - from);
    }

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    void busy_until(std::size_t more) { busy_ = std::max(busy_, size_ + more); }

    char* out_;
    Origin* origins_;
    std::size_t size_ = 0;
    std::size_t busy_ = 0;  // before this size an escape may be open
};

std::size_t run(std::string_view raw, char* out, Origin* origins) noexcept {
    Writer writer(out, origins);
    for (std::size_t at = 0; at < raw.size();) {
        at += writer.take_plain(raw.substr(at));
        if (at == raw.size())
            break;
        const auto place = static_cast<std::uint32_t>(at);
        writer.take(static_cast<Byte>(raw[at]), {place, place + 1});
        ++at;
    }
    return writer.size();
}

}  // namespace

std::size_t normalise(std::string_view raw, char* out) noexcept {
    return run(raw, out, nullptr);
}

std::size_t normalise(std::string_view raw, char* out, std::span<Origin> origins) noexcept {
    return run(raw, out, origins.data());
}

const char* fault_of(std::string_view secret) noexcept {
    if (secret.size() > kMaxSecretBytes)
        return "it has more than 1,024 bytes";
    if (!std::ranges::all_of(secret, [](char c) { return c > ' ' && c < '\x7f'; }))
        return "it has bytes that are not visible ASCII characters";
    std::array<char, kMaxSecretBytes + kSlack> form;
    const std::size_t size = normalise(secret, form.data());
    OPENSSL_cleanse(form.data(), form.size());
    return size < kMinSecretBytes ? "it has fewer than 16 characters" : nullptr;
}

}  // namespace anchorhold::echo
