// Signing with the real ssh-keygen, and as a security key would, for this room's tests.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// A directory that goes away with it.
class Workshop {
  public:
    Workshop();
    ~Workshop();
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    // ssh-keygen -t TYPE; returns the public key's line.
    std::string make_key(const std::string& name, const std::string& type, int bits = 0);
    // ssh-keygen -Y sign with that key.
    std::string sign(const std::string& name, std::string_view text, const std::string& name_space,
                     const std::string& options = {});
    // ssh-keygen -Y verify for signer "alice".
    bool verify(std::string_view text, std::string_view signature, std::string_view allowed_signers);

  private:
    std::filesystem::path write(const std::string& name, std::string_view text);
    std::string read(const std::filesystem::path& path);

    std::filesystem::path directory_;
};

struct Touched {
    std::string public_line;  // as in a .pub file
    std::string signature;    // armoured
};

// What a security key would answer (PROTOCOL.u2f), made with a fresh key in software.
[[nodiscard]] Touched sign_as_security_key(bool ecdsa, std::string_view text, std::string_view name_space,
                                           unsigned char flags, std::string_view application = "ssh:");

}  // namespace anchorhold::profile
