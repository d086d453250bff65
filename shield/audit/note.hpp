// Signed notes and checkpoints by the C2SP specifications signed-note and tlog-checkpoint, Ed25519 (RFC 8032) only.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/freed.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::audit {

// "NAME+8 HEX DIGITS+BASE64": whom to believe.
struct VerifierKey {
    std::string name;
    std::array<std::uint8_t, 4> id{};
    std::array<std::uint8_t, 32> key{};

    [[nodiscard]] std::string text() const;
};
[[nodiscard]] Result<VerifierKey> parse_verifier_key(std::string_view text);

class SigningKey {
  public:
    static Result<SigningKey> generate();
    static Result<SigningKey> from_pem(std::string_view pem);
    [[nodiscard]] Result<std::string> pem() const;
    // Its name, "anchorhold/" and 16 hex digits of the key's hash, is also the log's: one key, one log.
    [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
    // `text` ends in a newline.
    [[nodiscard]] Result<std::string> sign(std::string_view text) const;

  private:
    static Result<SigningKey> from(EVP_PKEY* key);
    Owned<EVP_PKEY, EVP_PKEY_free> key_;
    VerifierKey verifier_;
};

// The signed text, when one of the note's signatures is by this key and right.
[[nodiscard]] Result<std::string_view> open_note(std::string_view note, const VerifierKey& key);

struct Checkpoint {
    std::string origin;      // the log's name
    std::uint64_t size = 0;  // how many records it covers
    Digest root{};
};
[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);
// Note, signature and origin of one checkpoint by this key.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

// Notes as the auditor and the host keep them: one JSON string a line; or one note as it is. An unfinished last line
// is left out.
[[nodiscard]] Result<std::vector<std::string>> read_notes(std::string_view file);

}  // namespace anchorhold::audit
