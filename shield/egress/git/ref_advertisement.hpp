// The start of what a server offers to one who wants to push, read and changed on its way back
// (git/wire/push_advertisement.hpp).
#pragma once

#include <string>

#include "shield/egress/credential/scrub.hpp"
#include "shield/egress/http/exchange.hpp"

namespace anchorhold::egress {

// Of a successful answer: the body's first bytes as the agent gets them; what follows goes on untouched. Gives the head
// up. An AnswerStart (http/forward.hpp). The failure: it is no advertisement (broken_answer), and nothing of it may go
// on.
Task<Attempt<std::string>> read_push_offer(Exchange& exchange, Scrubber& scrub, std::string host);

}  // namespace anchorhold::egress
