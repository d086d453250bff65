// What servers that are kind to odd text make of a path: fullwidth and other compatible letters, overlong UTF-8,
// Latin-1.
#pragma once

#include <string>
#include <string_view>

namespace anchorhold::profile {

// Each code point whose compatibility form (NFKC) is ASCII as that form, overlong UTF-8 as what it is long for, and
// what is no UTF-8 at all left out, as decoders do that ignore errors.
[[nodiscard]] std::string in_ascii(std::string_view text);

// The bytes as ISO 8859-1, written in UTF-8.
[[nodiscard]] std::string from_latin1(std::string_view text);

}  // namespace anchorhold::profile
