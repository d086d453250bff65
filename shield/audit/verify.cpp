#include "shield/audit/verify.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <map>

#include "base/file.hpp"
#include "shield/audit/note.hpp"
#include "shield/audit/segments.hpp"

namespace anchorhold::audit {
namespace {

constexpr std::size_t kKeyLimit = 4096;
constexpr std::size_t kNotesLimit = std::size_t{1024} * 1024 * 1024;

struct Expected {
    Digest root{};
    std::string source;
};

class Verifier {
  public:
    Verifier(VerifierKey key, std::string directory) : key_(std::move(key)), directory_(std::move(directory)) {
        chain_.uid = key_.name;
        report_.log = key_.name;
    }

    // What some file says the log must be at certain sizes.
    Result<> expect(std::string_view notes_file, const std::string& source) {
        const auto notes = read_notes(notes_file);
        if (!notes)
            return std::unexpected(notes.error());
        for (std::size_t i = 0; i < notes->size(); ++i) {
            const auto checkpoint = open_checkpoint((*notes)[i], key_);
            if (!checkpoint)
                return fail("read checkpoint", source + ", number " + std::to_string(i + 1), 0,
                            checkpoint.error().text());
            expected_.emplace(checkpoint->size, Expected{checkpoint->root, source});
        }
        return {};
    }

    Result<VerifyReport> run() {
        const auto segments = list_segments(directory_);
        if (!segments)
            return std::unexpected(segments.error());
        check_size();
        for (const auto& segment : *segments) {
            if (report_.misfit)
                break;
            if (auto ok = read_segment(segment); !ok)
                return std::unexpected(ok.error());
        }
        if (!report_.misfit && !expected_.empty() && expected_.rbegin()->first > tree_.size())
            misfit(tree_.size(), "", 0,
                   std::format(
                       "it and what follows is missing: a checkpoint ({}) covers {} records, the log ends after {}",
                       expected_.rbegin()->second.source, expected_.rbegin()->first, tree_.size()));
        return report_;
    }

  private:
    Result<> read_segment(const Segment& segment) {
        const std::string file = std::filesystem::path(segment.path).filename().string();
        if (segment.first != tree_.size()) {
            misfit(tree_.size(), file, 0,
                   "it is missing: this file begins with record " + std::to_string(segment.first));
            return {};
        }
        auto reader = LineReader::open(segment.path);
        if (!reader)
            return std::unexpected(reader.error());
        std::string_view text;
        for (std::uint64_t line = 1; !report_.misfit; ++line) {
            const auto more = reader->next(text);
            if (!more)
                return std::unexpected(more.error());
            if (!*more)
                break;
            read_line(text, reader->finished(), file, line);
        }
        return {};
    }

    void read_line(std::string_view text, bool finished, const std::string& file, std::uint64_t line) {
        const std::uint64_t number = tree_.size();
        if (!finished)
            return misfit(number, file, line, "the line is unfinished: a write was cut short, or the file was");
        const auto record = read_record(text);
        if (!record)
            return misfit(number, file, line, record.error().text());
        if (const auto why = follow(chain_, *record); !why.empty())
            return misfit(number, file, line, why);
        tree_.append(leaf_hash(text));
        if (check_size())
            report_.records = tree_.size();
    }

    // Compares the tree with what checkpoints of this size say.
    bool check_size() {
        const auto [begin, end] = expected_.equal_range(tree_.size());
        for (auto it = begin; it != end; ++it) {
            if (it->second.root != tree_.root()) {
                misfit(report_.covered, "", 0,
                       std::format("it or a later one before record {} is not the one that was checkpointed ({})",
                                   tree_.size(), it->second.source));
                return false;
            }
            ++report_.checkpoints;
        }
        if (begin != end)
            report_.covered = tree_.size();
        return true;
    }

    void misfit(std::uint64_t record, std::string file, std::uint64_t line, std::string what) {
        report_.misfit = Misfit{.record = record, .file = std::move(file), .line = line, .what = std::move(what)};
    }

    VerifierKey key_;
    std::string directory_;
    std::multimap<std::uint64_t, Expected> expected_;
    Chain chain_;
    MerkleTree tree_;
    VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_log(const VerifyRequest& request) {
    const std::string beside = request.directory + '/';
    auto key_text = request.key.empty() ? read_file(beside + std::string(kVerifierFile), kKeyLimit)
                                        : Result<std::string>(request.key);
    if (!key_text)
        return std::unexpected(key_text.error());
    const auto key = parse_verifier_key(*key_text);
    if (!key)
        return std::unexpected(key.error());
    const auto notes = read_file(beside + std::string(kCheckpointFile), kNotesLimit);
    if (!notes)
        return std::unexpected(notes.error());
    Verifier verifier(*key, request.directory);
    if (auto ok = verifier.expect(*notes, "of the log"); !ok)
        return std::unexpected(ok.error());
    if (auto ok = verifier.expect(request.witness, "of the witness"); !ok)
        return std::unexpected(ok.error());
    return verifier.run();
}

std::string report_text(const VerifyReport& report) {
    if (!report.misfit)
        return std::format("ok: {} records of {}, {} of them covered by {} checkpoints", report.records, report.log,
                           report.covered, report.checkpoints);
    const auto& misfit = *report.misfit;
    std::string where;
    if (!misfit.file.empty())
        where = misfit.line == 0 ? std::format(" ({})", misfit.file)
                                 : std::format(" ({}, line {})", misfit.file, misfit.line);
    return std::format("record {}{}: {}", misfit.record, where, misfit.what);
}

}  // namespace anchorhold::audit
