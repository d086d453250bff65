#include "shield/http/gunzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace anchorhold::egress {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

std::unexpected<Refusal> no(int status, const char* sentence, std::size_t offset) {
    return std::unexpected(Refusal{status, sentence, offset});
}

}  // namespace

std::expected<std::string, Refusal> gunzip(std::string_view body, std::size_t most) {
    z_stream stream{};
    if (body.size() > UINT32_MAX || inflateInit2(&stream, kGzipOnly) != Z_OK)
        return no(503, "there is no memory to inflate the body", 0);
    const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
    // zlib does not write there.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    std::string out;
    for (int state = Z_OK; state != Z_STREAM_END;) {
        const std::size_t before = out.size();
        if (before > most)
            return no(413, "the body is too large once inflated; send it plain", body.size() - stream.avail_in);
        out.resize(before + std::min(kPiece, most + 1 - before));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = static_cast<uInt>(out.size() - before);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (state != Z_OK && state != Z_STREAM_END)
            return no(400, "the body is not what gzip makes", body.size() - stream.avail_in);
        if (state == Z_OK && stream.avail_in == 0 && out.size() == before)
            return no(400, "the gzip body ends too early", body.size());
    }
    if (out.size() > most)
        return no(413, "the body is too large once inflated; send it plain", body.size());
    if (stream.avail_in != 0)
        return no(400, "more follows behind the gzip body", body.size() - stream.avail_in);
    return out;
}

}  // namespace anchorhold::egress
