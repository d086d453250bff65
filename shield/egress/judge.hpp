// Each request's way: names agree → kind of request → what the profile says → up, held, or refused with words.
#pragma once

#include "shield/egress/services.hpp"

namespace anchorhold::egress {

// The request whose head has just been read. True when the connection can serve another.
Task<bool> judge(Conversation& client, Ways ways);

}  // namespace anchorhold::egress
