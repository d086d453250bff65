#define TOML_IMPLEMENTATION
#include "shield/profile/fields.hpp"

#include <algorithm>
#include <utility>

#include "shield/profile/suggest.hpp"

namespace anchorhold::profile {
namespace {

std::string_view name_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a float";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::date:
            return "a date";
        case toml::node_type::time:
            return "a time";
        case toml::node_type::date_time:
            return "a date and time";
        case toml::node_type::none:
            break;
    }
    return "nothing";
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words)
        out += (out.empty() ? "" : ", ") + std::string(word);
    return out;
}

}  // namespace

Position position_of(const toml::node& node) {
    return {node.source().begin.line, node.source().begin.column};
}

Fields::Fields(const toml::table& table, std::string title, std::vector<Problem>& problems)
    : table_(table), title_(std::move(title)), problems_(problems) {}

Position Fields::at(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return position_of(node != nullptr ? *node : table_);
}

void Fields::problem(Position at, std::string message, std::string hint) {
    problems_.push_back({at, std::move(message), std::move(hint)});
}

const toml::node* Fields::find(std::string_view key, std::string_view example) {
    known_.push_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && !example.empty())
        problem(position_of(table_), title_ + " has no " + std::string(key),
                "add " + std::string(key) + " = " + std::string(example));
    return node;
}

void Fields::wrong_type(std::string_view key, const toml::node& node, std::string_view wanted, std::string hint) {
    problem(position_of(node),
            std::string(key) + " must be " + std::string(wanted) + ", not " + std::string(name_of(node)),
            std::move(hint));
}

std::optional<std::string> Fields::text(std::string_view key, std::string_view example) {
    const toml::node* node = find(key, example);
    if (node == nullptr)
        return std::nullopt;
    if (const auto* value = node->as_string())
        return value->get();
    wrong_type(key, *node, "a string", "write it between double quotes");
    return std::nullopt;
}

std::optional<std::int64_t> Fields::in_range(std::string_view key, const toml::node& node, std::int64_t least,
                                             std::int64_t most) {
    const auto* value = node.as_integer();
    if (value == nullptr) {
        wrong_type(key, node, "an integer", node.is_string() ? "write it without quotes" : "");
        return std::nullopt;
    }
    if (value->get() < least || value->get() > most) {
        problem(position_of(node), std::string(key) + " is out of range: " + std::to_string(value->get()),
                "write a number from " + std::to_string(least) + " to " + std::to_string(most));
        return std::nullopt;
    }
    return value->get();
}

std::optional<std::int64_t> Fields::integer(std::string_view key, std::int64_t least, std::int64_t most,
                                            std::string_view example) {
    const toml::node* node = find(key, example);
    return node == nullptr ? std::nullopt : in_range(key, *node, least, most);
}

std::optional<bool> Fields::boolean(std::string_view key) {
    const toml::node* node = find(key, {});
    if (node == nullptr)
        return std::nullopt;
    if (const auto* value = node->as_boolean())
        return value->get();
    wrong_type(key, *node, "true or false", node->is_string() ? "write it without quotes" : "");
    return std::nullopt;
}

std::optional<std::chrono::sys_seconds> Fields::moment(std::string_view key, std::string_view example) {
    const toml::node* node = find(key, example);
    if (node == nullptr)
        return std::nullopt;
    const auto* value = node->as_date_time();
    if (value == nullptr || !value->get().offset) {
        wrong_type(key, *node, "a date and time with its offset",
                   "write it without quotes, with Z at the end: 2027-06-01T00:00:00Z");
        return std::nullopt;
    }
    const toml::date_time& when = value->get();
    const int offset = when.offset.value_or(toml::time_offset{}).minutes;
    using namespace std::chrono;
    return sys_days{year{when.date.year} / when.date.month / when.date.day} + hours{when.time.hour} +
           minutes{when.time.minute} + seconds{when.time.second} - minutes{offset};
}

const toml::array* Fields::list(std::string_view key, std::string_view example) {
    const toml::node* node = find(key, example);
    if (node == nullptr)
        return nullptr;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        wrong_type(key, *node, "a list", "write it between [ and ], also when there is only one");
        return nullptr;
    }
    if (array->empty()) {
        problem(position_of(*node), std::string(key) + " is an empty list, which would match nothing",
                example.empty() ? "leave " + std::string(key) + " out for the default, or list something"
                                : "write " + std::string(key) + " = " + std::string(example));
        return nullptr;
    }
    return array;
}

std::vector<Text> Fields::texts(std::string_view key, std::string_view example) {
    std::vector<Text> out;
    const toml::array* array = list(key, example);
    if (array == nullptr)
        return out;
    for (const toml::node& node : *array) {
        if (const auto* value = node.as_string())
            out.push_back({value->get(), position_of(node)});
        else
            wrong_type("each of " + std::string(key), node, "a string", "write it between double quotes");
    }
    return out;
}

std::vector<std::int64_t> Fields::integers(std::string_view key, std::int64_t least, std::int64_t most) {
    std::vector<std::int64_t> out;
    const toml::array* array = list(key, {});
    if (array == nullptr)
        return out;
    for (const toml::node& node : *array)
        if (const auto value = in_range("each of " + std::string(key), node, least, most))
            out.push_back(*value);
    return out;
}

std::vector<const toml::table*> Fields::tables(std::string_view key) {
    std::vector<const toml::table*> out;
    const toml::node* node = find(key, {});
    if (node == nullptr)
        return out;
    const toml::array* array = node->as_array();
    const std::string hint = "start each with [[" + std::string(key) + "]] on a line of its own";
    if (array == nullptr || array->empty()) {
        wrong_type(key, *node, "a list of tables", hint);
        return out;
    }
    for (const toml::node& element : *array) {
        if (const toml::table* table = element.as_table())
            out.push_back(table);
        else
            wrong_type("each " + std::string(key), element, "a table", hint);
    }
    return out;
}

std::optional<std::size_t> Fields::word(std::string_view key, const std::vector<std::string_view>& words,
                                        std::string_view example) {
    const auto value = text(key, example);
    if (!value)
        return std::nullopt;
    const auto found = std::ranges::find(words, std::string_view(*value));
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    problem(at(key), std::string(key) + " cannot be " + in_quotes(*value), "write one of: " + joined(words));
    return std::nullopt;
}

void Fields::finish() {
    for (const auto& [key, node] : table_) {
        if (std::ranges::contains(known_, key.str()))
            continue;
        std::string hint = suggestion(key.str(), known_);
        if (hint.empty())
            hint = "known here: " + joined(known_);
        const auto& begin = key.source().begin;
        problem({begin.line, begin.column}, title_ + " knows no key " + in_quotes(key.str()), std::move(hint));
    }
}

}  // namespace anchorhold::profile
