// A push that is refused before anybody was asked. git shows the reason of a refused ref, but not the text of an HTTP
// error: it gets 200 and a report wherever it can read one.
#pragma once

#include "shield/egress/git/push_answer.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/io/input.hpp"

namespace anchorhold::egress {

struct PushRefusal {
    int status = 403;  // where git can read no report
    Judged judged;     // its reason is what git is told
    PushAnswer::Refused what = PushAnswer::Refused::refs;
};

// The rest of the pack is taken in first: answered in the midst of it, git posts the rest once more. True when the
// connection can serve another request.
Task<bool> refuse_push(Conversation& client, Body& body, PushCommands commands, PushRefusal refusal);

// Reads the body to its end and drops it: whether the connection can serve another request behind it, which it cannot
// where the body is too long or broken or the client went away.
Task<PushAnswer::Afterwards> drop_rest(Conversation& client, Body& body);

}  // namespace anchorhold::egress
