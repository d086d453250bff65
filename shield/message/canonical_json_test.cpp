#include "shield/message/canonical_json.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("keys sort by UTF-16 code units, as the example of RFC 8785 section 3.2.3 does") {
    const auto value = parse_json(
        R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})");
    REQUIRE(value);
    CHECK(canonical(*value) ==
          "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With "
          "Diaeresis\","
          "\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST_CASE("text is escaped as little as allowed") {
    const auto value = parse_json(R"(["\u0000\u001f\u007f\"\\\/\b\f\n\r\t€"])");
    REQUIRE(value);
    CHECK(canonical(*value) == "[\"\\u0000\\u001f\x7f\\\"\\\\/\\b\\f\\n\\r\\t€\"]");
}

TEST_CASE("integers have a canonical form, other numbers are refused") {
    CHECK(canonical(json::value(-7)) == "-7");
    CHECK(canonical(json::value(std::uint64_t{9007199254740991})) == "9007199254740991");
    CHECK_FALSE(canonical(json::value(std::int64_t{9007199254740992})));
    CHECK_FALSE(canonical(json::value(0.5)));
}

TEST_CASE("canonical form is appended behind what is there") {
    std::string out = "x";
    CHECK(append_canonical(out, json::value{{"b", 1}, {"a", "t"}}));
    CHECK(out == R"(x{"a":"t","b":1})");
    CHECK_FALSE(append_canonical(out, json::value(0.5)));
}

TEST_CASE("what is not one JSON text is refused") {
    for (const std::string_view bad : {"", "{", "{} {}", "{\"a\":1,}", "// x\n1", "\"\xff\"", "nul", "01"})
        CHECK_FALSE(parse_json(bad));
    CHECK_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
}

TEST_CASE("members are read with their kind") {
    const auto value = parse_json(R"({"text":"x","number":3,"list":[],"map":{}})");
    REQUIRE(value);
    const auto& object = value->as_object();
    CHECK(text_member(object, "text") == "x");
    CHECK(integer_member(object, "number") == 3);
    CHECK(array_member(object, "list"));
    CHECK(object_member(object, "map"));
    CHECK_FALSE(text_member(object, "number"));
    CHECK_FALSE(integer_member(object, "text"));
    CHECK_FALSE(text_member(object, "none"));
}
