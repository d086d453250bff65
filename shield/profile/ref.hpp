// The refs that a push changes: what they may be named, and what becomes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace anchorhold::profile {

inline constexpr std::size_t kMaxRef = 1024;  // bytes

// What is wrong with the name, as the end of a sentence about it ("has `..`"); nothing: receive-pack would take it
// ("refs/…/…", git-check-ref-format(1)), and people and tools read it as one name.
[[nodiscard]] std::optional<std::string> ref_fault(std::string_view name);

enum class UpdateKind : std::uint8_t { create, update, remove };  // "create", "update", "delete" in TOML and records
[[nodiscard]] std::string_view to_text(UpdateKind kind);

// Nothing: they are no two ids of one format (40 or 64 lower-case hex digits), or both zero.
[[nodiscard]] std::optional<UpdateKind> update_kind(std::string_view old_id, std::string_view new_id);

}  // namespace anchorhold::profile
