// What ended the work on a request, as a kind that code may decide by, beside the words for whoever reads them. It is
// made at the place that knows; what a client is told of each kind, and what the log says, is one table
// (http/failure_answer.cpp).
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::egress {

enum class FailureKind : std::uint8_t {
    // The client and what it sent.
    client_gone,          // it closed, was reset, or was silent for too long
    malformed,            // its framing is broken, or what it sent within is not what it says it is
    too_large,            // its body is longer than what may wait or be unpacked
    not_presentable,      // it has fields that a person cannot be shown
    form_override,        // a field of its form makes another method of it
    no_push_report,       // its git cannot be told within the protocol why a ref is refused
    credential_in_clear,  // its rule places a credential, and the connection has no TLS
    // This machine.
    disk_full,
    storage_failed,  // the state directory cannot be written or read
    busy,            // too many of the kind are being worked on
    not_sendable,    // its head cannot be written for the server
    no_memory,       // the locked memory for credentials is used up
    // The shield's other processes.
    gate_gone,       // the gatekeeper is not running, or does not answer
    auditor_gone,    // the auditor is not running, or cannot write
    lease_refused,   // the gatekeeper lends no credential
    search_refused,  // it does not say what to look for in answers
    // A person's approval.
    ask_refused,      // the gatekeeper did not take the question
    pending,          // nobody has decided yet, and the client must come again
    denied,           // by a person
    expired,          // nobody decided in time
    withdrawn,        // the gatekeeper took the question back
    spent,            // an identical request has spent the approval
    consume_refused,  // the gatekeeper does not let the approval be spent on these bytes
    // The server.
    unreachable,          // no connection to it, or none that is verified
    broken_answer,        // what it answers cannot be read, or ends too early
    unsearchable_answer,  // its answer cannot be searched for credentials, or not be shown
    echoed_credential,    // its answer holds a credential, and the profile says to cut it
    cut_off,              // what allowed the request no longer holds
};

struct Failure : Error {
    FailureKind kind = FailureKind::storage_failed;
};

using anchorhold::fail;  // what the function of the same name below would hide

template <class T = void>
using Attempt = std::expected<T, Failure>;

// `return fail(FailureKind::busy, "hold push", "", EAGAIN, "push again");` converts to any Attempt<T>, and to
// Result<T>.
[[nodiscard]] std::unexpected<Failure> fail(FailureKind kind, std::string_view tried, std::string_view object,
                                            int number = 0, std::string_view detail = {});
// An error of something that knows no kinds.
[[nodiscard]] std::unexpected<Failure> fail(FailureKind kind, Error error);

}  // namespace anchorhold::egress
