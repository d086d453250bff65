#include "shield/audit/log.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shield/audit/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;
using namespace anchorhold::audit::test;

TEST_CASE("what is written verifies, over restarts and segments") {
    const Directory directory;
    {
        auto log = open_log(directory, {.segment_bytes = 3000});
        CHECK(log.size() == 0);
        add(log, 10);
        sign(log);
        add(log, 3);
    }
    {
        auto log = open_log(directory, {.segment_bytes = 3000});
        CHECK(log.size() == 13);
        CHECK(log.cut_bytes() == 0);
        CHECK(log.unsigned_records() == 3);
        add(log, 10);
        sign(log);
        CHECK_FALSE(*log.checkpoint());
    }
    CHECK(list_segments(directory.path())->size() > 3);
    const auto report = verify(directory);
    CHECK_FALSE(report.misfit);
    CHECK(report.records == 23);
    CHECK(report.covered == 23);
    CHECK(report.checkpoints == 2);
    struct stat status{};
    REQUIRE(stat(directory.file(kKeyFile).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("the tree beside a segment spares reading the others, and can be missing") {
    const Directory directory;
    {
        auto log = open_log(directory, {.segment_bytes = 2000});
        add(log, 12);
        sign(log);
    }
    const auto last = list_segments(directory.path())->back().first;
    REQUIRE(last > 0);
    std::filesystem::remove(directory.file(tree_name(last)));
    auto log = open_log(directory, {.segment_bytes = 2000});
    CHECK(log.size() == 12);
    add(log, 1);
    sign(log);
    CHECK_FALSE(verify(directory).misfit);
}

TEST_CASE("a record has its place in the chain and who reported it, whatever the sender wrote there") {
    std::string line;
    Chain chain{.uid = "anchorhold/0", .next = 0, .last = std::nullopt};
    auto forged = some_event(1);
    forged["attestation_list"] = {json::object{{"chain_uid", "forged"}}};
    forged["metadata"].as_object()["sequence"] = 99;
    forged["metadata"].as_object()["log_provider"] = "gate";
    REQUIRE(seal(line, forged, "egress", chain));
    const auto record = read_record(line);
    INFO((record ? "" : record.error().text()));
    REQUIRE(record);
    CHECK(record->sequence == 0);
    CHECK(record->chain == "anchorhold/0");
    CHECK_FALSE(record->previous);
    CHECK(line.contains(R"("log_provider":"egress")"));
    CHECK_FALSE(line.contains("forged"));

    const std::size_t first = line.size();
    REQUIRE(seal(line, some_event(2), "egress", chain));
    const auto next = read_record(std::string_view(line).substr(first));
    REQUIRE(next);
    CHECK(next->previous->fingerprint == record->self.fingerprint);

    const auto whole = line;
    const auto at = chain;
    json::object broken = some_event(3);
    broken["Not-An-Attribute"] = 1;
    CHECK_FALSE(seal(line, broken, "egress", chain));
    CHECK_FALSE(seal(line, {{"type_uid", 1}}, "egress", chain));
    broken = some_event(3);
    broken["unmapped"] = 0.5;
    CHECK_FALSE(seal(line, broken, "egress", chain));
    broken["unmapped"] = std::string(kMaxRecord, 'x');
    CHECK_FALSE(seal(line, broken, "egress", chain));
    CHECK(line == whole);
    CHECK(chain.next == at.next);
}

TEST_CASE("a message is taken whole or not at all") {
    const Directory directory;
    auto log = open_log(directory);
    CHECK_FALSE(log.append(json::array{some_event(1), 7}, "egress"));
    CHECK(log.pending_bytes() == 0);
    REQUIRE(log.append(json::array{some_event(1), some_event(2)}, "egress"));
    REQUIRE(log.commit());
    CHECK(log.size() == 2);
}

TEST_CASE("an unfinished last line is cut off, and the log goes on") {
    const Directory directory;
    {
        auto log = open_log(directory);
        add(log, 5);
        sign(log);
    }
    const std::string file = directory.file(segment_name(0));
    const auto whole = read_all(file);
    write_all(file, whole + whole.substr(0, 100));
    write_all(directory.file(kCheckpointFile), read_all(directory.file(kCheckpointFile)) + "\"anchorh");
    CHECK(verify(directory).misfit->record == 5);

    auto log = open_log(directory);
    CHECK(log.cut_bytes() == 100);
    CHECK(log.size() == 5);
    add(log, 2);
    sign(log);
    CHECK(verify(directory).records == 7);
    CHECK_FALSE(verify(directory).misfit);
}

TEST_CASE("a log that is not what was checkpointed, or has lost its key, is not gone on with") {
    const Directory directory;
    {
        auto log = open_log(directory);
        add(log, 5);
        sign(log);
    }
    const std::string file = directory.file(segment_name(0));
    const auto whole = read_all(file);

    write_all(file, whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));
    auto opened = Log::open(directory.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().text().contains("ends before record 4"));

    auto altered = whole;
    altered.replace(altered.find("item/2"), 6, "item/9");
    write_all(file, altered);
    opened = Log::open(directory.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().text().contains("not what was checkpointed"));

    write_all(file, whole);
    std::filesystem::rename(directory.file(kKeyFile), directory.file("aside"));
    opened = Log::open(directory.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().text().contains("signing key is gone"));
    std::filesystem::rename(directory.file("aside"), directory.file(kKeyFile));
    CHECK(Log::open(directory.path()));
}

TEST_CASE("a full disk refuses, keeps what it acknowledged, and takes records again") {
    const Directory directory;
    const pid_t child = fork();
    if (child == 0) {
        // A small file system of our own; exit status 77 when the machine does not let us have one.
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("none", directory.path().c_str(), "tmpfs", 0, "size=256k") != 0)
            _exit(77);
        auto log = Log::open(directory.path());
        if (!log)
            _exit(1);
        write_all(directory.file("ballast"), std::string(100'000, 'x'));
        int refused = 0;
        for (int i = 0; i < 1000 && refused < 3; ++i) {
            if (!log->append(some_event(i), "egress"))
                _exit(2);
            if (auto ok = log->commit(); !ok) {
                if (ok.error().number != ENOSPC)
                    _exit(3);
                ++refused;
            }
        }
        const auto size = log->size();
        if (refused != 3 || size == 0 || log->lost())
            _exit(4);
        std::filesystem::remove(directory.file("ballast"));
        if (!log->append(some_event(0), "egress") || !log->commit() || log->size() != size + 1 || !log->checkpoint())
            _exit(5);
        const auto report = verify_log({.directory = directory.path(), .key = {}, .witness = {}});
        _exit(report && !report->misfit && report->records == size + 1 ? 0 : 6);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        SKIP("no mount namespace here");
    CHECK(WEXITSTATUS(status) == 0);
}
