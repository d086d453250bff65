// How shield processes talk: unix SOCK_SEQPACKET sockets that init made, one canonical JSON object a packet.
// Who the peer is comes from the kernel (SO_PEERCRED), never from the message.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/unique_fd.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold {

inline constexpr std::size_t kMaxPacket = std::size_t{256} * 1024;

struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
};

// Non-blocking, close-on-exec. The error of a missing or refusing peer names the socket.
[[nodiscard]] Result<UniqueFd> connect_channel(const std::string& path);
[[nodiscard]] Result<Peer> peer_of(int fd);
// Lets a whole packet fit into a socket that was accepted (base/acceptor.hpp).
void make_room_for_packets(int fd);

// For tests: a listening socket at `path`, which init makes in the guest, and one connection to it.
[[nodiscard]] Result<UniqueFd> listen_channel(const std::string& path);
[[nodiscard]] Result<UniqueFd> accept_channel(int listener);

// The text of a packet: canonical, at most kMaxPacket bytes, or EMSGSIZE.
[[nodiscard]] Result<std::string> packet_of(const json::object& message);

// Whole packet or error; EAGAIN when the peer does not read.
[[nodiscard]] Result<> send_message(int fd, const json::object& message);
// Nothing at the end of the stream; EAGAIN when there is no packet yet; EBADMSG for what is not a JSON object.
[[nodiscard]] Result<std::optional<json::object>> receive_message(int fd);

// A secret is a packet of its own, right behind a message whose member `secret_bytes` says how long it is: straight
// from the memory that keeps it into the memory that takes it. EAGAIN as above; EMSGSIZE when it is longer than the
// room.
[[nodiscard]] Result<> send_secret(int fd, std::span<const char> secret);
[[nodiscard]] Result<std::size_t> receive_secret(int fd, std::span<char> room);

}  // namespace anchorhold
