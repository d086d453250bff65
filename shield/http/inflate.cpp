#include "shield/http/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace anchorhold::egress {
namespace {
constexpr int kGzipOrZlib = 32 + MAX_WBITS;
constexpr int kRaw = -MAX_WBITS;
}  // namespace

struct Inflater::State {
    z_stream stream{};
    bool begun = false;  // bytes of a member were seen
    bool full = false;   // the last call filled its room: more may be inside
    bool broken = false;
    bool open = false;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (open)
            inflateEnd(&stream);
    }
    // By its first byte: "deflate" is zlib's format, or, by old servers' mistake, has no header at all.
    bool start(unsigned char first) {
        constexpr unsigned gzip = 0x1f;
        constexpr unsigned deflate_method = 8;
        const bool header = first == gzip || (first & 0x0FU) == deflate_method;
        if (open)
            inflateEnd(&stream);
        Bytef* const in = stream.next_in;
        const uInt left = stream.avail_in;
        stream = {};
        stream.next_in = in;
        stream.avail_in = left;
        open = inflateInit2(&stream, header ? kGzipOrZlib : kRaw) == Z_OK;
        return open;
    }
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

void Inflater::give(std::string_view packed) {
    // zlib takes no const, and writes nothing.
    state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    state_->stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), std::numeric_limits<uInt>::max()));
}

std::size_t Inflater::next(std::span<char> room) {
    State& state = *state_;
    z_stream& stream = state.stream;
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    while (!state.broken && stream.avail_out > 0 && (stream.avail_in > 0 || state.full)) {
        if (!state.begun) {
            state.begun = stream.avail_in > 0 && state.start(*stream.next_in);
            stream.next_out = reinterpret_cast<Bytef*>(room.data());
            stream.avail_out = static_cast<uInt>(room.size());
            if (!state.begun) {
                state.broken = true;
                break;
            }
        }
        const int said = inflate(&stream, Z_SYNC_FLUSH);
        state.full = said == Z_OK && stream.avail_out == 0;
        if (said == Z_STREAM_END)
            state.begun = false;  // another member may follow
        else if (said == Z_BUF_ERROR)
            break;  // nothing to do just now
        else if (said != Z_OK)
            state.broken = true;
        if (said == Z_STREAM_END && stream.avail_out < room.size())
            break;
    }
    return room.size() - stream.avail_out;
}

bool Inflater::pending() const {
    return !state_->broken && (state_->stream.avail_in > 0 || state_->full);
}
bool Inflater::at_end() const {
    return !state_->begun && !state_->broken && state_->stream.avail_in == 0;
}
bool Inflater::broken() const {
    return state_->broken;
}

}  // namespace anchorhold::egress
