// What the names of header fields and parameters say that a request line does not: classes by pattern, since every
// framework has a spelling of its own. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

enum class FieldClass : std::uint8_t {
    plain,
    other_request,  // makes another method, path or host of this request: X-HTTP-Method-Override, X-Original-URL
    other_target,   // names a second path that the request works upon: Destination, X-Amz-Copy-Source
    proxy_claim,    // what only a proxy in front of the server may say of the client: Forwarded, X-Real-IP, Remote-User
    login,          // a way to log in: Authorization, Cookie, X-Api-Key, Private-Token, Sudo
};

[[nodiscard]] FieldClass field_class(std::string_view name);
[[nodiscard]] FieldClass field_class(const Field& field);

// Whether a parameter of a query or form names a method: _method, _HttpMethod, X-HTTP-Method-Override, in any letters,
// with or without what separates the words, percent-encoded or not.
[[nodiscard]] bool names_method(std::string_view parameter);

// Whether it logs in: access_token, private_token, api_key, X-Amz-Signature. Not those that turn pages (page_token).
[[nodiscard]] bool names_login(std::string_view parameter);

struct Parameter {
    std::string name;  // as sent
    std::string value;
};

// Those of a target's query; "&" and ";" separate them, as servers do it. And those of what is one to a server that
// decodes before it looks for "?".
[[nodiscard]] std::vector<Parameter> query_parameters(std::string_view target);

}  // namespace anchorhold::egress
