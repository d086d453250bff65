#include "shield/egress/git/wire/pack_scan.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

namespace anchorhold::egress {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr unsigned kMaxSizeShift = 60;

using Type = PackType;

// zlib's stream, and the window that everything inflates into and is forgotten from.
class Inflater {
  public:
    Inflater() { ready_ = inflateInit(&stream_) == Z_OK; }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() {
        if (ready_)
            inflateEnd(&stream_);
    }
    [[nodiscard]] bool restart() { return ready_ && inflateReset(&stream_) == Z_OK; }

    struct Step {
        std::size_t consumed = 0;
        ByteView produced;
        int code = Z_OK;
    };
    // At most one window of output.
    Step step(ByteView input) {
        const std::size_t most = std::min<std::size_t>(input.size(), 1U << 30);
        stream_.next_in = input.data();
        stream_.avail_in = static_cast<uInt>(most);
        stream_.next_out = window_.data();
        stream_.avail_out = static_cast<uInt>(window_.size());
        const int code = inflate(&stream_, Z_NO_FLUSH);
        return {most - stream_.avail_in, ByteView(window_).first(window_.size() - stream_.avail_out), code};
    }
    [[nodiscard]] bool window_was_full() const { return stream_.avail_out == 0; }

  private:
    z_stream stream_{};
    bool ready_ = false;
    std::array<Bytef, 32768> window_{};
};

}  // namespace

struct PackScanner::State {
    enum class At : std::uint8_t { header, type, size, base_offset, base_id, data, trailer, end };

    PackLimits limits;
    std::size_t id_bytes;
    At at = At::header;
    ReadState state = ReadState::need_more;
    PackCounts counts;
    Refusal refusal;

    std::uint64_t offset = 0;  // of the next byte
    std::size_t taken = 0;     // bytes of the fixed-size part being read
    std::uint32_t number = 0;  // of the header, byte by byte
    std::uint32_t seen = 0;    // objects begun

    // The object being read.
    std::uint64_t start = 0;
    Type type = Type::unknown;
    unsigned shift = 0;
    std::uint64_t size = 0;
    std::uint64_t inflated = 0;
    std::uint64_t distance = 0;
    bool more = false;  // base_offset has begun

    std::vector<std::uint64_t> objects;  // offset << 3 | type, ascending
    Inflater inflater;
    PackObserver* observer;
    bool observed = false;  // the object being read

    State(PackLimits most, std::size_t bytes, PackObserver* watching)
        : limits(most), id_bytes(bytes), observer(watching) {}

    void refuse(const char* sentence) { end(400, sentence); }
    // The pack may be sound, but is beyond the limits.
    void give_up(const char* sentence) { end(413, sentence); }
    void end(int status, const char* sentence) {
        state = ReadState::refused;
        refusal = {status, sentence, static_cast<std::size_t>(offset)};
    }

    void next_object() {
        if (seen == counts.objects) {
            at = At::trailer;
            counts.trailer_offset = offset;
            taken = 0;
            return;
        }
        ++seen;
        start = offset;
        at = At::type;
    }

    void header_byte(std::uint8_t byte) {
        constexpr std::array<std::uint8_t, 4> kMagic{'P', 'A', 'C', 'K'};
        if (taken < 4 && byte != kMagic[taken])
            return refuse("the pack does not begin with `PACK`");
        number = number << 8 | byte;
        ++taken;
        if (taken == 8 && number != 2 && number != 3)
            return refuse("the pack's version is neither 2 nor 3");
        if (taken == 8)
            counts.version = number;
        if (taken < kHeaderBytes)
            return;
        counts.objects = number;
        if (number > limits.objects)
            return give_up("the pack has more objects than are counted");
        next_object();
    }

    void type_byte(std::uint8_t byte) {
        type = static_cast<Type>(byte >> 4 & 7);
        size = byte & 0xf;
        shift = 4;
        if (type == Type::unknown || (byte >> 4 & 7) == 5)
            return refuse("an object in the pack has a type that does not exist");
        if ((byte & 0x80) != 0)
            at = At::size;
        else
            size_known();
    }

    void size_byte(std::uint8_t byte) {
        if (shift > kMaxSizeShift - 7)
            return give_up("an object in the pack is larger than 2^60 bytes");
        size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        shift += 7;
        if ((byte & 0x80) == 0)
            size_known();
    }

    void size_known() {
        if (size > limits.object_bytes)
            return give_up("an object in the pack is larger than is inflated");
        if (size > limits.total_bytes - counts.inflated_bytes)
            return give_up("the pack's objects together are larger than is inflated");
        distance = 0;
        more = false;
        taken = 0;
        if (type == Type::ofs_delta)
            at = At::base_offset;
        else if (type == Type::ref_delta)
            at = At::base_id;
        else
            base_known(type);
    }

    // Seven bits a byte, each but the last one more than it says: gitformat-pack(5), "offset encoding".
    void base_offset_byte(std::uint8_t byte) {
        if (distance >> 56 != 0)
            return refuse("a delta's base is further back than the pack is long");
        distance = (more ? (distance + 1) << 7 : 0) | (byte & 0x7f);
        more = true;
        if ((byte & 0x80) != 0)
            return;
        const auto base = distance == 0 || distance > start ? std::nullopt : type_at(start - distance);
        if (!base)
            return refuse("a delta's base is not where it says");
        base_known(*base);
    }

    std::optional<Type> type_at(std::uint64_t where) const {
        const auto found = std::ranges::lower_bound(objects, where << 3);
        if (found == objects.end() || *found >> 3 != where)
            return std::nullopt;
        return static_cast<Type>(*found & 7);
    }

    void base_known(Type resolved) {
        objects.push_back(start << 3 | static_cast<std::uint64_t>(resolved));
        std::uint32_t PackCounts::* const counter = resolved == Type::commit ? &PackCounts::commits
                                                    : resolved == Type::tree ? &PackCounts::trees
                                                    : resolved == Type::blob ? &PackCounts::blobs
                                                    : resolved == Type::tag  ? &PackCounts::tags
                                                                             : &PackCounts::unknown;
        ++(counts.*counter);
        inflated = 0;
        PackObject object{.offset = start, .type = resolved, .size = size};
        if (type == Type::ofs_delta)
            object.base = start - distance;
        observed = observer != nullptr && observer->begin(object);
        if (!inflater.restart())
            return give_up("zlib has no memory to inflate with");
        at = At::data;
    }

    // How many bytes the object took; all of `input` unless it ended or was refused.
    std::size_t data(ByteView input) {
        std::size_t consumed = 0;
        while (true) {
            const Inflater::Step step = inflater.step(input.subspan(consumed));
            consumed += step.consumed;
            offset += step.consumed;
            inflated += step.produced.size();
            counts.inflated_bytes += step.produced.size();
            if (inflated > size) {
                refuse("an object in the pack inflates to more than its size");
                return consumed;
            }
            if (observed && !step.produced.empty())
                observer->data(step.produced);
            if (step.code == Z_STREAM_END) {
                if (inflated != size) {
                    refuse("an object in the pack inflates to less than its size");
                    return consumed;
                }
                if (observed)
                    observer->end();
                next_object();
                return consumed;
            }
            const bool starved = step.code == Z_BUF_ERROR && consumed == input.size();
            if (step.code != Z_OK && !starved) {
                refuse("an object in the pack is not a zlib stream");
                return consumed;
            }
            if (consumed == input.size() && !inflater.window_was_full())
                return consumed;
        }
    }

    // One byte of a part that is read byte by byte.
    void byte(std::uint8_t value) {
        ++offset;
        switch (at) {
            case At::header:
                return header_byte(value);
            case At::type:
                return type_byte(value);
            case At::size:
                return size_byte(value);
            case At::base_offset:
                return base_offset_byte(value);
            case At::base_id:
                if (++taken == id_bytes)
                    base_known(Type::unknown);
                return;
            case At::trailer:
                if (++taken == id_bytes) {
                    at = At::end;
                    state = ReadState::done;
                }
                return;
            case At::data:
            case At::end:
                return refuse("bytes follow the pack's end");
        }
    }
};

PackScanner::PackScanner(PackLimits limits, std::size_t id_bytes, PackObserver* observer)
    : state_(std::make_unique<State>(limits, id_bytes, observer)) {}
PackScanner::PackScanner(PackScanner&&) noexcept = default;
PackScanner& PackScanner::operator=(PackScanner&&) noexcept = default;
PackScanner::~PackScanner() = default;

ReadState PackScanner::feed(ByteView bytes) {
    State& s = *state_;
    while (!bytes.empty() && s.state != ReadState::refused) {
        if (s.at == State::At::data) {
            bytes = bytes.subspan(s.data(bytes));
        } else {
            s.byte(bytes.front());
            bytes = bytes.subspan(1);
        }
    }
    return s.state;
}

ReadState PackScanner::end_of_stream() {
    if (state_->state == ReadState::need_more)
        state_->refuse("the pack is cut off");
    return state_->state;
}

const PackCounts& PackScanner::counts() const noexcept {
    return state_->counts;
}
const Refusal& PackScanner::refusal() const noexcept {
    return state_->refusal;
}

}  // namespace anchorhold::egress
