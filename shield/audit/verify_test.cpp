#include "shield/audit/verify.hpp"

#include <algorithm>
#include <vector>

#include "shield/audit/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;
using namespace anchorhold::audit::test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = text.find('\n', start);
        lines.push_back(text.substr(start, end - start + 1));
        start = end + 1;
    }
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line;
    return text;
}

// Twenty records, checkpoints at 10 and 20.
struct Written {
    Directory directory;
    std::string file;
    std::string key;
    std::string witness;
    std::vector<std::string> lines;

    Written() {
        auto log = open_log(directory);
        add(log, 10);
        witness = *canonical(json::value(sign(log))) + '\n';
        add(log, 10);
        witness += *canonical(json::value(sign(log))) + '\n';
        file = directory.file(segment_name(0));
        key = log.verifier().text();
        lines = lines_of(read_all(file));
    }
    void put(const std::vector<std::string>& changed) const { write_all(file, joined(changed)); }
};

}  // namespace

TEST_CASE("an untouched log fits, and so does the witness") {
    const Written log;
    const auto report = verify(log.directory, log.witness);
    CHECK_FALSE(report.misfit);
    CHECK(report.records == 20);
    CHECK(report.checkpoints == 4);
    CHECK(report_text(report).starts_with("ok: 20 records of anchorhold/"));
    CHECK_FALSE(verify_log({.directory = log.directory.path(), .key = log.key, .witness = log.witness})->misfit);
}

TEST_CASE("the first record that does not fit is named") {
    const Written log;
    auto lines = log.lines;

    SECTION("altered by one byte, at every place of the line") {
        for (std::size_t i = 0; i + 1 < lines[7].size(); i += 7) {
            auto altered = lines;
            altered[7][i] = static_cast<char>(altered[7][i] ^ 1);
            log.put(altered);
            const auto report = verify(log.directory);
            REQUIRE(report.misfit);
            CHECK(report.misfit->record == 7);
            CHECK(report.records == 7);
        }
    }
    SECTION("removed") {
        lines.erase(lines.begin() + 4);
        log.put(lines);
        const auto report = verify(log.directory);
        REQUIRE(report.misfit);
        CHECK(report.misfit->record == 4);
        CHECK(report.misfit->line == 5);
    }
    SECTION("swapped") {
        std::swap(lines[12], lines[13]);
        log.put(lines);
        CHECK(verify(log.directory).misfit->record == 12);
    }
    SECTION("inserted twice") {
        lines.insert(lines.begin() + 3, lines[2]);
        log.put(lines);
        CHECK(verify(log.directory).misfit->record == 3);
    }
    SECTION("cut off at the end") {
        lines.resize(15);
        log.put(lines);
        const auto report = verify(log.directory);
        REQUIRE(report.misfit);
        CHECK(report.misfit->record == 15);
        CHECK(report_text(report).contains("covers 20 records, the log ends after 15"));
    }
    SECTION("cut off together with its checkpoints, against the witness") {
        lines.resize(10);
        log.put(lines);
        write_all(log.directory.file(kCheckpointFile), lines_of(log.witness)[0]);
        CHECK_FALSE(verify(log.directory).misfit);
        const auto report = verify(log.directory, log.witness);
        REQUIRE(report.misfit);
        CHECK(report.misfit->record == 10);
        CHECK(report.misfit->what.contains("of the witness"));
    }
    SECTION("the whole file gone") {
        std::filesystem::remove(log.file);
        CHECK(verify(log.directory).misfit->record == 0);
    }
}

TEST_CASE("a chain that was made anew without the key does not have the checkpoints' root") {
    const Written log;
    Chain chain{.uid = parse_verifier_key(log.key)->name, .next = 0, .last = std::nullopt};
    std::string forged;
    for (int i = 0; i < 20; ++i) {
        REQUIRE(seal(forged, some_event(i == 14 ? 99 : i % 10), "egress", chain));
        forged += '\n';
    }
    write_all(log.file, forged);
    const auto report = verify(log.directory);
    REQUIRE(report.misfit);
    CHECK(report.misfit->record == 10);
    CHECK(report.covered == 10);
    CHECK(report_text(report).contains("record 20"));
}

TEST_CASE("another log in its place is found out by the key and by the witness") {
    const Written log;
    const Written other;
    CHECK_FALSE(verify_log({.directory = other.directory.path(), .key = log.key, .witness = {}}));
    const auto replaced = verify_log({.directory = other.directory.path(), .key = {}, .witness = log.witness});
    REQUIRE_FALSE(replaced);
    CHECK(replaced.error().object.starts_with("of the witness, number 1"));

    // The same key, as if the disk had been put back to an old state and lived on from there.
    std::filesystem::remove(other.file);
    std::filesystem::remove(other.directory.file(kCheckpointFile));
    write_all(other.directory.file(kKeyFile), read_all(log.directory.file(kKeyFile)));
    auto rolled_back = open_log(other.directory);
    add(rolled_back, 25);
    sign(rolled_back);
    CHECK_FALSE(verify(other.directory).misfit);
    const auto report = verify(other.directory, log.witness.substr(log.witness.find('\n') + 1));
    REQUIRE(report.misfit);
    CHECK(report.misfit->what.contains("of the witness"));
}

TEST_CASE("what cannot be read is an error and not a verdict") {
    const Directory empty;
    CHECK_FALSE(verify_log({.directory = empty.path(), .key = {}, .witness = {}}));
    CHECK_FALSE(verify_log({.directory = "/nonexistent", .key = {}, .witness = {}}));
    const Written log;
    CHECK_FALSE(verify_log({.directory = log.directory.path(), .key = "nonsense", .witness = {}}));
    CHECK_FALSE(verify_log({.directory = log.directory.path(), .key = {}, .witness = "nonsense"}));
}
