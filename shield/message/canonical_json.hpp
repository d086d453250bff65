// JSON as the shield speaks and hashes it: Boost.JSON values, written in canonical form (RFC 8785, JCS).
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold {

namespace json = boost::json;

// Keys sorted by UTF-16 code units, shortest escapes, no white space. Numbers must be integers within ±(2^53 - 1):
// the records that are hashed have no others, and a double is refused rather than rounded.
[[nodiscard]] Result<std::string> canonical(const json::value& value);
// The same, without a copy of it as a value.
[[nodiscard]] Result<std::string> canonical(const json::object& object);
// The same, behind what `out` holds; after an error `out` ends in a broken piece.
[[nodiscard]] Result<> append_canonical(std::string& out, const json::value& value);

// The same with places left open: the texts before, between and after the values at these addresses inside `value`, in
// the order in which they are written. What is filled in must itself be in canonical form.
[[nodiscard]] Result<std::vector<std::string>> canonical_around(const json::value& value,
                                                                std::span<const json::value* const> open);

// One whole JSON text (RFC 8259), valid UTF-8, at most 32 levels deep, no comments, no trailing commas. All of the
// value lies in `memory`.
[[nodiscard]] Result<json::value> parse_json(std::string_view text, const json::storage_ptr& memory = {});

// Typed access with an error that names the member.
[[nodiscard]] Result<std::string_view> text_member(const json::object& object, std::string_view name);
[[nodiscard]] Result<std::int64_t> integer_member(const json::object& object, std::string_view name);
[[nodiscard]] Result<const json::object*> object_member(const json::object& object, std::string_view name);
[[nodiscard]] Result<const json::array*> array_member(const json::object& object, std::string_view name);

}  // namespace anchorhold
