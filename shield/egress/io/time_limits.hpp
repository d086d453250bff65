// How long egress waits, and keeps, as a table. A limit of a stream is seen to once a second, and begins anew when
// something comes; time in which egress itself came to nothing does not count (deadlines.hpp, time_limit.hpp). What
// bounds slow clients is the number of connections (listeners.cpp).
// Not here: those of the channels to gate and auditor (link.cpp, audit.cpp), of a conversation's heads and answers
// (conversation.cpp), and of a question to a person (approval_request.cpp; gate says when it expires).
#pragma once

#include <chrono>

namespace anchorhold::egress {

using namespace std::chrono_literals;

// clang-format off

// The agent.
inline constexpr auto kFirstByte = 30s;          // a connection that was opened ahead and is not used
inline constexpr auto kGreeting = 10s;           // a refused port: whose protocol begins with the server's word is told no unasked
inline constexpr auto kAgentHandshake = 60s;     // each piece of TLS with a neighbour; a machine that emulates takes seconds for one
inline constexpr auto kDnsIdle = 10s;            // TCP to the resolver: each question whole
inline constexpr auto kProgress = 300s;          // each piece of a body, either way: slow, but alive
inline constexpr auto kHeldProgress = 60s;       // each piece of a plain request that will wait: they are small
inline constexpr auto kReport = 60s;             // until it has taken a line or the report about its push

// A person.
inline constexpr auto kSignOfLife = 10s;         // a line each for git's user, and so that nothing between takes it for dead
inline constexpr auto kHeldPatience = 25s;       // of a plain request: less than most clients' own (boto3 60 s, cargo 30 s)

// Upstream.
inline constexpr auto kResolverTry = 2'000ms;    // each of three
inline constexpr auto kConnect = 10'000ms;       // to the last address there is
inline constexpr auto kConnectEarly = 1'500ms;   // while there is another one to try
inline constexpr auto kUpstreamHandshake = 15s;  // each piece of TLS with whoever it is
inline constexpr auto kAnswerWithin = 3600s;     // each piece; a model may think long; a client that hangs up ends it
inline constexpr auto kUploadLinger = 2s;        // for the rest of a request whose answer is over

// The shield.
inline constexpr auto kGatePatience = 10s;       // for what gate answers without asking a person
inline constexpr auto kLeaseSpare = 30s;         // of a lease: it is asked for anew before the last of it, for the way up to sending
inline constexpr auto kFencePatience = 10s;      // init answers at once or is in trouble

// What is kept.
inline constexpr auto kUpstreamIdle = 30s;       // a connection, for the next request: less than most servers keep it
inline constexpr auto kMinNameKept = 30s;        // a name's addresses, however short their TTL: each opening is work for init
inline constexpr auto kMaxNameKept = 3600s;      // however long
inline constexpr auto kOpeningSpare = 5s;        // of an opening: it is asked for anew before the last of it
inline constexpr auto kLeafKept = 12h;           // a certificate made for a name: valid for 24 h

// clang-format on

}  // namespace anchorhold::egress
