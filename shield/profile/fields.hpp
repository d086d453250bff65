// Reading one TOML table: each value by key and type; what is missing, mistyped or left over becomes a Problem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shield/profile/profile.hpp"
#include "shield/profile/toml_library.hpp"

namespace anchorhold::profile {

[[nodiscard]] Position position_of(const toml::node& node);

struct Text {
    std::string value;
    Position at;
};

class Fields {
  public:
    // `title` is how messages call the table: "[[rule]]". The references must outlive the reader.
    Fields(const toml::table& table, std::string title, std::vector<Problem>& problems);

    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
    // Where that key's value stands, or the table.
    [[nodiscard]] Position at(std::string_view key) const;

    // Nothing when absent or wrong; wrong is a problem, and so is absent where `example` says how to write it.
    [[nodiscard]] std::optional<std::string> text(std::string_view key, std::string_view example = {});
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most,
                                                      std::string_view example = {});
    [[nodiscard]] std::optional<bool> boolean(std::string_view key);
    [[nodiscard]] std::optional<std::chrono::sys_seconds> moment(std::string_view key, std::string_view example = {});
    [[nodiscard]] std::vector<Text> texts(std::string_view key, std::string_view example = {});
    [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, std::int64_t least, std::int64_t most);
    [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);

    // One of these words, by its index.
    [[nodiscard]] std::optional<std::size_t> word(std::string_view key, const std::vector<std::string_view>& words,
                                                  std::string_view example = {});

    // Every key that was not asked for is a problem.
    void finish();

    void problem(Position at, std::string message, std::string hint = {});

  private:
    const toml::node* find(std::string_view key, std::string_view example);
    const toml::array* list(std::string_view key, std::string_view example);
    void wrong_type(std::string_view key, const toml::node& node, std::string_view wanted, std::string hint = {});
    std::optional<std::int64_t> in_range(std::string_view key, const toml::node& node, std::int64_t least,
                                         std::int64_t most);

    const toml::table& table_;
    std::string title_;
    std::vector<Problem>& problems_;
    std::vector<std::string_view> known_;
};

}  // namespace anchorhold::profile
