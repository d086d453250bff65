// A directory that goes with the test, and events to fill a log with.
#pragma once

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "shield/audit/event.hpp"
#include "shield/audit/log.hpp"
#include "shield/audit/verify.hpp"

namespace anchorhold::audit::test {

class Directory {
  public:
    Directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "audit-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

  private:
    std::string path_;
};

inline std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

inline json::object some_event(int number) {
    return event(HttpActivity{.common = {.time = 1'790'000'000'000 + number,
                                         .workstation = "anchor",
                                         .outcome = Outcome::allowed,
                                         .rule = "r"},
                              .source = {.address = "198.18.0.2", .port = 40000},
                              .destination = {.name = "api.demo.test", .port = 443},
                              .method = "GET",
                              .url = "https://api.demo.test/item/" + std::to_string(number)});
}

inline Log open_log(const Directory& directory, LogLimits limits = {}) {
    auto log = Log::open(directory.path(), limits);
    INFO((log ? "" : log.error().text()));
    REQUIRE(log);
    return std::move(*log);
}

// Each its own batch, so that segments can change between them.
inline void add(Log& log, int count) {
    for (int i = 0; i < count; ++i) {
        REQUIRE(log.append(some_event(i), "egress"));
        REQUIRE(log.commit());
    }
}

inline std::string sign(Log& log) {
    auto note = log.checkpoint();
    REQUIRE(note);
    REQUIRE(*note);
    return **note;
}

inline VerifyReport verify(const Directory& directory, const std::string& witness = {}) {
    const auto report = verify_log({.directory = directory.path(), .key = {}, .witness = witness});
    INFO((report ? "" : report.error().text()));
    REQUIRE(report);
    return *report;
}

}  // namespace anchorhold::audit::test
