#include "init/links/uplink_file.hpp"

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxPerKind = 16;
constexpr std::string_view kBlank = " \t\r";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::string> normal_address(std::string_view text) {
    const std::string given(text);
    const int family = is_v6(text) ? AF_INET6 : AF_INET;
    std::array<unsigned char, 16> bytes{};
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (given.contains('\0') || inet_pton(family, given.c_str(), bytes.data()) != 1 ||
        inet_ntop(family, bytes.data(), out.data(), out.size()) == nullptr)
        return std::nullopt;
    return std::string(out.data());
}

std::optional<Prefix> parse_prefix(std::string_view text) {
    const auto slash = text.find('/');
    auto address = normal_address(text.substr(0, slash));
    if (!address)
        return std::nullopt;
    Prefix out{.address = std::move(*address), .v6 = is_v6(text)};
    const unsigned most = out.v6 ? 128 : 32;
    out.length = most;
    if (slash == std::string_view::npos)
        return out;
    const auto digits = text.substr(slash + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), out.length);
    if (bad != std::errc() || end != digits.data() + digits.size() || out.length > most)
        return std::nullopt;
    return out;
}

class Parser {
  public:
    Result<Uplink> parse(std::string_view text) {
        while (!text.empty()) {
            ++line_;
            const auto end = text.find('\n');
            if (auto read = read_line(trim(text.substr(0, end))); !read)
                return std::unexpected(read.error());
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        }
        if (out_.addresses.empty())
            return error("no Address= in it; add at least one to [Network]");
        return std::move(out_);
    }

  private:
    enum class Section { none, match, network };

    [[nodiscard]] std::unexpected<Error> error(std::string_view what) const {
        return fail("parse network.network.uplink", "line " + std::to_string(line_), EINVAL, what);
    }

    Result<> read_line(std::string_view line) {
        if (line.empty() || line.front() == '#' || line.front() == ';')
            return {};
        if (line.front() == '[')
            return open_section(line);
        const auto equals = line.find('=');
        if (section_ == Section::none || equals == std::string_view::npos)
            return error("expected [Network] or Key=Value");
        if (section_ == Section::match)
            return {};
        return set(trim(line.substr(0, equals)), trim(line.substr(equals + 1)));
    }

    Result<> open_section(std::string_view line) {
        if (line == "[Network]")
            section_ = Section::network;
        else if (line == "[Match]")
            section_ = Section::match;
        else
            return error("only the sections [Match] and [Network] are known here");
        return {};
    }

    Result<> set(std::string_view key, std::string_view value) {
        if (key == "Address") {
            auto prefix = parse_prefix(value);
            if (!prefix)
                return error("Address= wants an address with a prefix length, as 203.0.113.7/24");
            return append(out_.addresses, std::move(*prefix));
        }
        if (key != "Gateway" && key != "DNS")
            return error("only Address=, Gateway= and DNS= are known here");
        auto address = normal_address(value);
        if (!address)
            return error(std::string(key) + "= wants one numeric address");
        return append(key == "DNS" ? out_.dns : out_.gateways, std::move(*address));
    }

    template <class T>
    Result<> append(std::vector<T>& list, T value) {
        if (list.size() >= kMaxPerKind)
            return error("at most 16 of a kind");
        list.push_back(std::move(value));
        return {};
    }

    Uplink out_;
    Section section_ = Section::none;
    unsigned line_ = 0;
};

}  // namespace

Result<Uplink> parse_uplink(std::string_view text) {
    if (text.size() > kMaxBytes)
        return fail("parse network.network.uplink", "", EFBIG, "at most 64 KiB");
    return Parser().parse(text);
}

}  // namespace anchorhold::init
