#include "shield/passkey/cbor.hpp"

#include <limits>

namespace anchorhold::passkey {
namespace {

// Major types, RFC 8949 section 3.1.
constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kBytes = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kSimple = 7;

constexpr int kDeepest = 4;
constexpr std::string_view kTruncated = "it ends too soon";

}  // namespace

CborReader::Read<CborReader::Head> CborReader::head() {
    if (rest_.empty())
        return std::unexpected(kTruncated);
    const std::uint8_t major = rest_[0] >> 5U;
    const std::uint8_t info = rest_[0] & 31U;
    if (info < 24) {
        rest_ = rest_.subspan(1);
        return Head{major, info};
    }
    if (info > 27)
        return std::unexpected("a reserved or indefinite length");
    const std::size_t size = std::size_t{1} << (info - 24U);
    if (rest_.size() < 1 + size)
        return std::unexpected(kTruncated);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = value << 8U | rest_[1 + i];
    const std::uint64_t least = size == 1 ? 24 : std::uint64_t{1} << (4 * size);
    if (value < least)
        return std::unexpected("a number that is not in its shortest form");
    rest_ = rest_.subspan(1 + size);
    return Head{major, value};
}

CborReader::Read<ByteView> CborReader::take(std::uint64_t size) {
    if (size > rest_.size())
        return std::unexpected(kTruncated);
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

CborReader::Read<std::uint64_t> CborReader::of_kind(std::uint8_t major, std::string_view otherwise) {
    const auto got = head();
    if (!got)
        return std::unexpected(got.error());
    if (got->major != major)
        return std::unexpected(otherwise);
    return got->value;
}

bool CborReader::at_integer() const {
    return !rest_.empty() && rest_[0] >> 5U <= kNegative;
}

CborReader::Read<std::int64_t> CborReader::integer() {
    const auto got = head();
    if (!got)
        return std::unexpected(got.error());
    if (got->major > kNegative || got->value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        return std::unexpected("a whole number was expected");
    const auto value = static_cast<std::int64_t>(got->value);
    return got->major == kUnsigned ? value : -1 - value;
}

CborReader::Read<ByteView> CborReader::bytes() {
    const auto size = of_kind(kBytes, "a byte string was expected");
    return size ? take(*size) : std::unexpected(size.error());
}

CborReader::Read<std::string_view> CborReader::text() {
    const auto size = of_kind(kText, "a text was expected");
    const auto taken = size ? take(*size) : std::unexpected(size.error());
    if (!taken)
        return std::unexpected(taken.error());
    return as_text(*taken);
}

CborReader::Read<std::uint64_t> CborReader::map() {
    return of_kind(kMap, "a map was expected");
}

CborReader::Read<ByteView> CborReader::skip() {
    const ByteView before = rest_;
    if (const auto end = skip_levels(kDeepest); !end)
        return std::unexpected(end.error());
    return before.first(before.size() - rest_.size());
}

// Bounded: an item is at least a byte, so a lying count runs into the end.
CborReader::Read<std::uint64_t> CborReader::skip_levels(int levels) {
    const auto got = head();
    if (!got)
        return std::unexpected(got.error());
    if (got->major == kBytes || got->major == kText) {
        const auto taken = take(got->value);
        return taken ? Read<std::uint64_t>(0) : std::unexpected(taken.error());
    }
    if (got->major == kUnsigned || got->major == kNegative)
        return 0;
    if (got->major == kSimple)
        return got->value >= 20 && got->value <= 22 ? Read<std::uint64_t>(0)
                                                    : std::unexpected("a float or an unknown simple value");
    if (got->major != kArray && got->major != kMap)
        return std::unexpected("a tag");
    if (levels == 0)
        return std::unexpected("nested too deeply");
    for (std::uint64_t pair = 0; pair < got->value; ++pair) {
        for (int item = 0; item < (got->major == kMap ? 2 : 1); ++item) {
            if (const auto end = skip_levels(levels - 1); !end)
                return end;
        }
    }
    return 0;
}

}  // namespace anchorhold::passkey
