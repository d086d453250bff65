#include "shield/http/request_names.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/ascii.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::egress {
namespace {

using Words = std::vector<std::string>;

bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// In small letters, parted where the name has something else than letters and digits, and at a hump ("accessToken").
Words words_of(std::string_view name) {
    Words words;
    bool open = false;
    char before = 0;
    for (const char c : name) {
        const bool hump = c >= 'A' && c <= 'Z' && before >= 'a' && before <= 'z';
        if (!is_letter(c) && !is_digit(c)) {
            open = false;
        } else {
            if (!open || hump)
                words.emplace_back();
            words.back().push_back(lower(c));
            open = true;
        }
        before = c;
    }
    return words;
}

std::string joined(const Words& words) {
    std::string out;
    for (const std::string& word : words)
        out += word;
    return out;
}

template <std::size_t size>
bool has_any(std::string_view text, const std::array<std::string_view, size>& parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return text.contains(part); });
}

template <std::size_t size>
bool has_word(const Words& words, const std::array<std::string_view, size>& wanted) {
    return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::contains(wanted, word); });
}

// Together they override: "x" "http" "method", "x" "original" "url".
constexpr auto kWhose = std::to_array<std::string_view>({"original", "rewrite", "forwarded", "override", "http"});
constexpr auto kWhat = std::to_array<std::string_view>({"method", "verb", "uri", "url", "path", "prefix"});
constexpr auto kWhere = std::to_array<std::string_view>({"host", "authority"});

// Swift's accounts beside those of the path.
constexpr auto kElsewhere = std::to_array<std::string_view>({"destinationaccount", "xcopyfromaccount"});
constexpr auto kTargets = std::to_array<std::string_view>({"copysource", "renamesource", "copyfrom"});

// What servers behind a proxy believe of who the client is.
constexpr auto kClaims = std::to_array<std::string_view>(
    {"forwarded", "realip", "clientip", "connectingip", "originatingip", "remoteip", "remoteaddr", "remoteuser",
     "remotegroup", "authenticateduser", "webauth", "clientcert", "sslclient", "clientverify", "clientdn"});

// Any of these words in a field's name, and it logs in …
constexpr auto kLogins = std::to_array<std::string_view>(
    {"auth",          "authentication", "authorization", "authorisation", "cookie", "cookie2",    "token",
     "key",           "apikey",         "secret",        "password",      "passwd", "passphrase", "credential",
     "credentials",   "session",        "sessionid",     "jwt",           "ticket", "sudo",       "impersonate",
     "impersonation", "dpop",           "signature",     "crumb"});
// … and any of these in it, since names of fields have no case: where a hump would part them, it may not be …
constexpr auto kLoginParts = std::to_array<std::string_view>(
    {"secret", "passw", "cookie", "session", "credential", "jwt", "signature", "authkey", "accesskey"});
// … but for a word that begins with one of these: it names no person.
constexpr auto kNoLogins = std::to_array<std::string_view>({
    "idempotency",   // a key of a try, not of a person
    "lock",          // WebDAV
    "encryption",    // SSE-C: how an object is stored
    "continuation",  // pages of a list
    "cache",
    "surrogate",
    "partition",
    "websocket",  // Sec-WebSocket-Key
    "mcp",        // Mcp-Session-Id: a conversation
    "fetch",
});

constexpr auto kQueryLogins =
    std::to_array<std::string_view>({"token", "apikey", "secret", "password", "passwd", "passphrase", "jwt", "sudo",
                                     "signature", "credential", "authorization"});
constexpr auto kQueryLoginParts =
    std::to_array<std::string_view>({"secret", "passw", "credential", "jwt", "signature"});
// The longer before what it begins with.
constexpr auto kPages =
    std::to_array<std::string_view>({"page", "pagination", "next", "previous", "prev", "continuation", "cursor",
                                     "scroll", "delta", "sync", "resume", "idempotency", "lock", "start", "skip"});

// "authtoken"; not what is counted (max_tokens) or how text is parted (tokenizer).
bool has_token(std::string_view all) {
    return all.contains("token") && !all.ends_with("tokens") && !all.contains("tokeniz");
}

// "pagetoken", "nextsynctoken".
bool is_page_token(std::string_view all) {
    constexpr std::string_view kToken = "token";
    if (!all.ends_with(kToken) || all == kToken)
        return false;
    all.remove_suffix(kToken.size());
    while (!all.empty()) {
        const auto page = std::ranges::find_if(kPages, [&](std::string_view each) { return all.starts_with(each); });
        if (page == kPages.end())
            return false;
        all.remove_prefix(page->size());
    }
    return true;
}

// By words that only hyphens and the like part: who sends a field chooses its humps.
bool names_no_login(std::string_view name) {
    return std::ranges::any_of(words_of(lower(name)), [](const std::string& word) {
        return std::ranges::any_of(kNoLogins, [&](std::string_view begin) { return word.starts_with(begin); });
    });
}

}  // namespace

FieldClass field_class(std::string_view name) {
    const Words words = words_of(name);
    const std::string all = joined(words);
    if (std::ranges::contains(kElsewhere, all))
        return FieldClass::other_request;
    if (has_any(all, kWhose)) {
        const bool forwarded = all.contains("forwarded") && !all.contains("override") && !all.contains("original");
        if (has_any(all, kWhat) || (!forwarded && has_any(all, kWhere)))
            return FieldClass::other_request;
    }
    if (all == "destination" || std::ranges::any_of(kTargets, [&](std::string_view end) { return all.ends_with(end); }))
        return FieldClass::other_target;
    if (has_any(all, kClaims) || all == "xhost")
        return FieldClass::proxy_claim;
    if (all.contains("authoriz") || all.contains("apikey") ||
        ((has_word(words, kLogins) || std::ranges::contains(kLogins, all) || has_any(all, kLoginParts) ||
          has_token(all)) &&
         !names_no_login(name)))
        return FieldClass::login;
    return FieldClass::plain;
}

FieldClass field_class(const Field& field) {
    switch (field.id) {
        case FieldId::other:
            return field_class(field.name);
        case FieldId::authorization:
        case FieldId::cookie:
            return FieldClass::login;
        case FieldId::forwarded:
        case FieldId::x_forwarded_for:
            return FieldClass::proxy_claim;
        default:  // a known name says nothing of the kind
            return FieldClass::plain;
    }
}

namespace {

bool is_method(std::string_view name) {
    std::string letters;
    std::ranges::copy_if(name, std::back_inserter(letters), is_letter);
    letters = lower(letters);
    // PHP takes " method", ".method" and "[method" for "_method".
    if (letters == "method")
        return !is_letter(name.front()) && !is_digit(name.front());
    return letters.contains("method") && (letters.contains("http") || letters.contains("override"));
}

}  // namespace

bool names_method(std::string_view parameter) {
    const std::string name = profile::decoded(parameter);
    // PHP ends a name at a null byte.
    return is_method(name) || is_method(std::string_view(name).substr(0, name.find('\0')));
}

bool names_login(std::string_view parameter) {
    const Words words = words_of(profile::decoded(parameter));
    const std::string all = joined(words);
    if (has_word(words, kPages) || is_page_token(all))
        return false;
    return all.ends_with("apikey") || all.ends_with("accesskey") || has_word(words, kQueryLogins) ||
           has_any(all, kQueryLoginParts) || has_token(all);
}

namespace {

void add_parameters(std::vector<Parameter>& found, std::string_view query) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find_first_of("&;"), query.size());
        const std::string_view one = query.substr(0, end);
        const std::size_t equals = std::min(one.find('='), one.size());
        found.emplace_back(std::string(one.substr(0, equals)),
                           std::string(one.substr(std::min(equals + 1, one.size()))));
        query.remove_prefix(std::min(end + 1, query.size()));
    }
}

}  // namespace

std::vector<Parameter> query_parameters(std::string_view target) {
    std::vector<Parameter> found;
    const std::size_t mark = std::min(target.find('?'), target.size());
    add_parameters(found, target.substr(std::min(mark + 1, target.size())));
    // Each proxy on the way may decode once.
    constexpr int kMaxDecodings = 3;
    std::string path(target.substr(0, mark));
    for (int i = 0; i < kMaxDecodings && !path.contains('?'); ++i)
        path = profile::decoded(path);
    if (const std::size_t hidden = path.find('?'); hidden != std::string::npos)
        add_parameters(found, std::string_view(path).substr(hidden + 1));
    return found;
}

}  // namespace anchorhold::egress
