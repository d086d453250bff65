#include "shield/egress/first_bytes.hpp"

#include <algorithm>

#include "shield/egress/git/wire/pkt_line.hpp"

namespace anchorhold::egress {
namespace {

constexpr char kTlsHandshake = 0x16;       // ContentType handshake, RFC 8446 section 5.1
constexpr std::string_view kSsh = "SSH-";  // RFC 4253 section 4.2
constexpr std::string_view kGit = "git-";  // behind a pkt-line's length: gitprotocol-pack(5), git transport
constexpr std::size_t kLengthDigits = 4;

bool is_digit_of_git(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// So far as there is something of both.
bool agrees(std::string_view begin, std::string_view word) {
    const auto size = std::min(begin.size(), word.size());
    return begin.substr(0, size) == word.substr(0, size);
}

void put_u32(std::string& out, std::size_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>((number >> shift) & 0xff);
}

void put_string(std::string& out, std::string_view text) {
    put_u32(out, text.size());
    out += text;
}

// The version string and, before any key exchange, SSH_MSG_DISCONNECT (RFC 4253 sections 6 and 11.1).
std::string ssh_disconnect(std::string_view line) {
    constexpr char disconnect = 1;
    constexpr std::size_t not_allowed_to_connect = 1;
    constexpr std::size_t block = 8;
    constexpr std::size_t least_padding = 4;
    std::string payload(1, disconnect);
    put_u32(payload, not_allowed_to_connect);
    put_string(payload, line);
    put_string(payload, "");
    const std::size_t before = sizeof(std::uint32_t) + 1 + payload.size();
    std::size_t padding = block - before % block;
    if (padding < least_padding)
        padding += block;
    std::string out = "SSH-2.0-anchorhold\r\n";
    put_u32(out, 1 + payload.size() + padding);
    out += static_cast<char>(padding);
    out += payload;
    out.append(padding, '\0');
    return out;
}

}  // namespace

Spoken spoken(std::string_view begin) {
    if (begin.empty())
        return Spoken::unknown_yet;
    if (begin.front() == kTlsHandshake)
        return Spoken::tls;
    if (agrees(begin, kSsh))
        return begin.size() < kSsh.size() ? Spoken::unknown_yet : Spoken::ssh;
    if (begin.front() >= 'A' && begin.front() <= 'Z')
        return Spoken::http;
    if (!std::ranges::all_of(begin.substr(0, kLengthDigits), is_digit_of_git) ||
        (begin.size() > kLengthDigits && !agrees(begin.substr(kLengthDigits), kGit)))
        return Spoken::other;
    return begin.size() < kLengthDigits + kGit.size() ? Spoken::unknown_yet : Spoken::git;
}

std::string refusal_in(Spoken protocol, std::string_view line) {
    std::string out;
    switch (protocol) {
        case Spoken::tls:
        case Spoken::http:
            break;
        case Spoken::ssh:
            return ssh_disconnect(line);
        case Spoken::git:
            write_pkt(out, "ERR " + std::string(line) + "\n");
            break;
        case Spoken::unknown_yet:
        case Spoken::other:
            out.append(line).append("\r\n");
            break;
    }
    return out;
}

}  // namespace anchorhold::egress
