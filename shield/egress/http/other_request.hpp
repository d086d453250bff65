// What a request says besides its line: fields and parameters that make another method, path or person of it, or name
// a second path. The profile judges them as it judges the line, or the request is refused.
#pragma once

#include <optional>
#include <string>

#include "shield/http/form_watch.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/profile/decide.hpp"

namespace anchorhold::egress {

struct Objection {
    int status = 400;
    std::string reason;
};

// Of a head by itself, whatever the profile says.
[[nodiscard]] std::optional<Objection> objection_to(const RequestHead& head, profile::GitService service);

// Of a plain request that `decision` lets through or asks about: what its fields and query name beside its line must
// be judged no more strictly, and with the same credential.
[[nodiscard]] std::optional<Objection> objection_to(const RequestHead& head, const profile::Profile& profile,
                                                    const profile::HttpRequest& request,
                                                    const profile::Decision& decision);

// As what its body must be watched: as no form, unless a form's field could make another method of the request that
// would be judged differently.
[[nodiscard]] FormKind watched_as(const RequestHead& head, const profile::Profile& profile,
                                  const profile::HttpRequest& request, const profile::Decision& decision);

// Of a form that must be watched and cannot be, since its bytes are not those of the form.
[[nodiscard]] std::optional<Objection> objection_to(const RequestHead& head, FormKind form);

}  // namespace anchorhold::egress
