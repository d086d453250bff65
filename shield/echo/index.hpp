// Finds secrets in what servers say: one pass over the normal form (normal_form.hpp), whatever the number of patterns.
// It keeps no secret, only keyed hashes.
//
// The windows that end at every kStep-th place of the text, one of each of kWidths, are hashed with a key of this
// process and looked up in a bitmap; the few that are there by accident fail an exact comparison of the hash, and where
// that holds too, the HMAC-SHA256 of the whole is compared. Time tells whoever chooses the text that a window was
// found, so a window must not be guessable: nine bytes of a random token are 50 bits or more, where three would give it
// away piece by piece. So a coding that stretches the secret has wider windows, and no work is done for a part of one.
// They are taken at a pattern's end, since what is known of tokens (ghp_, github_pat_) is their beginning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shield/echo/normal_form.hpp"

namespace anchorhold::echo {

inline constexpr std::size_t kGram = 12;
inline constexpr std::size_t kStep = 3;
inline constexpr std::array<std::size_t, 4> kWidths = {kGram, 18, 24, 48};

// How a spelling shows the secret.
struct Coding {
    std::size_t width = kGram;  // of its windows, one of kWidths: so many characters stand for at least nine bytes
    std::uint8_t around = 0;    // so many characters beside it also depend on the secret (base64 cuts bytes in two)
};

struct Found {
    std::size_t from = 0;  // raw bytes
    std::size_t to = 0;
    std::uint32_t secret = 0;
};

class Index {
  public:
    // A spelling of secret number `secret`, at least kMinSecretBytes bytes in its normal form. Throws std::bad_alloc:
    // it works in OpenSSL's secure heap.
    void add(std::string_view spelling, std::uint32_t secret, Coding coding = {});
    // After the last one.
    void seal();
    [[nodiscard]] bool empty() const { return patterns_.empty(); }
    [[nodiscard]] std::size_t patterns() const { return patterns_.size(); }

    // Every secret in it, by the raw bytes that spell it, in order and apart. Where a text has so many windows of
    // secrets that comparing would hold up others, the rest of them count as secrets.
    [[nodiscard]] std::vector<Found> find(std::string_view raw) const;
    // How many windows of it are a pattern's: without one the time taken is that of any text.
    [[nodiscard]] std::size_t windows(std::string_view raw) const;

  private:
    using Code = std::array<std::uint8_t, 32>;
    struct Pattern {
        Code code;
        std::size_t size = 0;  // of the normal form
        std::uint32_t secret = 0;
        Coding coding;
    };
    struct Gram {
        std::uint64_t hash = 0;
        std::uint32_t pattern = 0;
        std::uint32_t offset = 0;
    };
    struct Seen {
        std::size_t at = 0;  // in the normal form
        const Gram* gram = nullptr;
    };
    struct View;
    struct Budget;
    // 0: it is no pattern's.
    [[nodiscard]] std::uint64_t may_be(std::uint64_t hash) const {
        return bitmap_.data()[(hash >> 6U) & mask_] >> (hash & 63U) & 1U;
    }
    [[nodiscard]] std::vector<Seen> seen_in(std::string_view normal) const;
    void look_up(std::size_t end, std::size_t width, std::uint64_t hash, std::vector<Seen>& seen) const;
    [[nodiscard]] bool verify(const View& view, const Seen& seen, Budget& budget, Found& found) const;
    [[nodiscard]] Found unverified(const View& view, const Seen& seen) const;

    std::vector<Pattern> patterns_;
    std::vector<Gram> grams_;  // by hash
    std::vector<std::uint64_t> bitmap_ = {0};
    std::uint64_t mask_ = 0;
};

}  // namespace anchorhold::echo
