#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/controls.hpp"
#include "shield/profile/certificates.hpp"
#include "shield/profile/fields.hpp"
#include "shield/profile/names.hpp"
#include "shield/profile/profile.hpp"
#include "shield/profile/suggest.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::int64_t kMaxVersion = (std::int64_t{1} << 53) - 1;  // what canonical JSON can carry

class Reader {
  public:
    explicit Reader(std::string_view toml) { profile_.digest = sha256(toml); }

    std::expected<Profile, std::vector<Problem>> read(const toml::table& root) {
        Fields fields(root, "the profile", problems_);
        profile_.name = identifier(fields, "name").value_or("");
        profile_.version = fields.integer("version", 1, kMaxVersion, "1").value_or(0);
        profile_.expires = fields.moment("expires", "2027-06-01T00:00:00Z").value_or(std::chrono::sys_seconds{});
        for (const toml::table* table : fields.tables("host"))
            read_host(*table);
        for (const toml::table* table : fields.tables("credential"))
            read_credential(*table);
        for (const toml::table* table : fields.tables("rule"))
            read_rule(*table);
        fields.finish();
        if (!problems_.empty()) {
            std::ranges::stable_sort(problems_, {}, [](const Problem& p) { return std::pair(p.at.line, p.at.column); });
            return std::unexpected(std::move(problems_));
        }
        index();
        return std::move(profile_);
    }

  private:
    std::optional<std::string> identifier(Fields& fields, std::string_view key) {
        auto name = fields.text(key, "\"demo\"");
        if (name && !valid_identifier(*name)) {
            fields.problem(fields.at(key), std::string(key) + " cannot be " + in_quotes(*name),
                           "use a-z, 0-9, '.', '_' and '-', a letter or digit first, at most 64 characters");
            return std::nullopt;
        }
        return name;
    }

    void once(Fields& fields, std::string_view key, const std::string& name, std::unordered_set<std::string>& seen) {
        if (!seen.insert(name).second)
            fields.problem(fields.at(key), std::string(key) + " " + in_quotes(name) + " is there twice",
                           "give each its own " + std::string(key));
    }

    void read_host(const toml::table& table) {
        Fields fields(table, "[[host]]", problems_);
        Host host;
        host.at = position_of(table);
        if (const auto name = fields.text("name", "\"git.example.com\"")) {
            const auto canonical = canonical_host(*name);
            if (!canonical)
                fields.problem(fields.at("name"), "host " + in_quotes(*name) + " " + canonical.error());
            else if (*canonical != *name)
                fields.problem(fields.at("name"), "host " + in_quotes(*name) + " is not in its one spelling",
                               "write " + in_quotes(*canonical));
            once(fields, "name", *name, hosts_seen_);
            host.name = *name;
        }
        if (const auto ports = fields.integers("ports", 1, 65535); !ports.empty()) {
            host.ports.clear();
            for (const std::int64_t port : ports)
                host.ports.push_back(static_cast<std::uint16_t>(port));
        }
        host.private_addresses = fields.boolean("private").value_or(false);
        host.clear = fields.boolean("clear").value_or(false);
        host.reuse_after_body = fields.boolean("reuse_after_body").value_or(false);
        host.underscore_fields = fields.boolean("underscore_fields").value_or(false);
        if (auto roots = fields.text("roots")) {
            if (const auto count = count_certificates(*roots); !count)
                fields.problem(fields.at("roots"), "roots " + count.error(),
                               "put certificates in PEM between \"\"\" and \"\"\"");
            host.roots = std::move(*roots);
        }
        fields.finish();
        profile_.hosts.push_back(std::move(host));
    }

    void read_credential(const toml::table& table) {
        Fields fields(table, "[[credential]]", problems_);
        Credential credential;
        credential.at = position_of(table);
        if (auto name = identifier(fields, "name")) {
            once(fields, "name", *name, credentials_seen_);
            credential.name = std::move(*name);
        }
        if (const auto kind = fields.word("kind", {"basic", "bearer"}, "\"bearer\""))
            credential.kind = static_cast<CredentialKind>(*kind);
        const bool basic = credential.kind == CredentialKind::basic;
        if (auto user = fields.text("user", basic ? "\"agent-bot\"" : "")) {
            const auto visible = [](char c) { return c > 0x20 && c < 0x7f && c != ':'; };
            if (!basic)
                fields.problem(fields.at("user"), "a bearer credential has no user", "leave user out");
            else if (user->empty() || user->size() > 255 || !std::ranges::all_of(*user, visible))
                fields.problem(fields.at("user"), "user cannot be " + in_quotes(*user),
                               "use visible ASCII without ':' (RFC 7617), 1 to 255 characters");
            credential.user = std::move(*user);
        }
        for (Text& host : fields.texts("hosts", "[\"git.example.com\"]")) {
            known_host(fields, host.value, host.at, "hosts");
            credential.hosts.push_back(std::move(host.value));
        }
        if (const auto on_echo = fields.word("on_echo", {"star", "cut"}))
            credential.on_echo = static_cast<OnEcho>(*on_echo);
        fields.finish();
        profile_.credentials.push_back(std::move(credential));
    }

    void read_rule(const toml::table& table) {
        Fields fields(table, "[[rule]]", problems_);
        Rule rule;
        rule.at = position_of(table);
        if (auto id = identifier(fields, "id")) {
            once(fields, "id", *id, rules_seen_);
            rule.id = std::move(*id);
        }
        if (auto host = fields.text("host", "\"git.example.com\"")) {
            known_host(fields, *host, fields.at("host"), "host");
            rule.host = std::move(*host);
        }
        if (const auto git = fields.word("git", {"fetch", "push"}))
            rule.kind = *git == 0 ? RuleKind::git_fetch : RuleKind::git_push;
        const auto verdict = fields.word("verdict", {"allow", "ask", "deny"}, "\"ask\"");
        if (verdict)
            rule.verdict = static_cast<Verdict>(*verdict);
        read_matchers(fields, rule);
        read_placement(fields, rule);
        // A verdict that could not be read is told once, not also by what does not go with it.
        if (verdict)
            check_verdict(fields, rule);
        fields.finish();
        profile_.rules.push_back(std::move(rule));
    }

    void read_matchers(Fields& fields, Rule& rule) {
        const bool http = rule.kind == RuleKind::http;
        const bool push = rule.kind == RuleKind::git_push;
        // Many servers take APP for app: no spelling may slip past a rule that denies or asks.
        const bool exactly = rule.verdict == Verdict::allow || guard_off("readings");
        const auto letters = exactly ? Glob::Case::exact : Glob::Case::any;
        only(fields, {"methods", "path"}, http, "is for plain HTTP", "leave it out, or leave git out");
        only(fields, {"repository"}, !http, "is for git", "add git = \"fetch\" or git = \"push\"");
        only(fields, {"refs", "updates"}, push, "is for a push", "add git = \"push\", or leave it out");

        for (Text& method : fields.texts("methods")) {
            const bool token =
                std::ranges::all_of(method.value, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
            if (method.value.empty() || method.value.size() > 32 || !token)
                fields.problem(method.at, "no method is called " + in_quotes(method.value), "write it in capitals");
            if (method.value == "TRACE" || method.value == "CONNECT")
                fields.problem(method.at, method.value + " is never let through", "leave it out");
            rule.methods.push_back(std::move(method.value));
        }
        if (const auto path = fields.text("path")) {
            if (!path->starts_with('/'))
                fields.problem(fields.at("path"), "path " + in_quotes(*path) + " does not start with /",
                               "write \"/" + *path + "\"");
            rule.path = glob(fields, "path", {*path, fields.at("path")}, letters);
        }
        if (const auto repository = fields.text("repository")) {
            if (repository->starts_with('/') || repository->ends_with(".git"))
                fields.problem(fields.at("repository"), "repository " + in_quotes(*repository) + " can match nothing",
                               "write it without / in front and without .git: \"acme/app\"");
            rule.repository = glob(fields, "repository", {*repository, fields.at("repository")}, letters);
        }
        for (const Text& ref : fields.texts("refs")) {
            if (!ref.value.starts_with("refs/") && !ref.value.starts_with('*'))
                fields.problem(ref.at, "ref " + in_quotes(ref.value) + " does not start with refs/",
                               "write it in full: \"refs/heads/main\"");
            if (auto compiled = glob(fields, "refs", ref, letters, Glob::Star::any_run))
                rule.refs.push_back(std::move(*compiled));
        }
        for (const Text& update : fields.texts("updates")) {
            static const std::vector<std::string_view> kKinds{"create", "update", "delete"};
            const auto found = std::ranges::find(kKinds, std::string_view(update.value));
            if (found == kKinds.end())
                fields.problem(update.at, "updates cannot have " + in_quotes(update.value),
                               "use some of: create, update, delete");
            rule.updates.push_back(static_cast<UpdateKind>(found - kKinds.begin()));
        }
    }

    void read_placement(Fields& fields, Rule& rule) {
        if (auto name = fields.text("credential")) {
            check_credential(fields, rule, *name);
            rule.credential = std::move(*name);
        }
        if (const auto seconds = fields.integer("expires_in", kMinExpiresIn.count(), kMaxExpiresIn.count()))
            rule.expires_in = std::chrono::seconds(*seconds);
    }

    void check_verdict(Fields& fields, const Rule& rule) {
        only(fields, {"expires_in"}, rule.verdict == Verdict::ask, "is for verdict = \"ask\"", "leave it out");
        only(fields, {"credential"}, rule.verdict != Verdict::deny, "is not placed by a rule that denies",
             "leave it out");
        if (rule.kind == RuleKind::git_fetch && rule.verdict == Verdict::ask)
            fields.problem(fields.at("verdict"), "nobody can be asked about a fetch",
                           "write \"allow\" or \"deny\"; a push and a plain HTTP request can ask");
    }

    void check_credential(Fields& fields, const Rule& rule, const std::string& name) {
        const Position at = fields.at("credential");
        const Credential* credential = credential_of(profile_, name);
        if (credential == nullptr) {
            std::vector<std::string_view> names;
            names.reserve(profile_.credentials.size());
            for (const Credential& known : profile_.credentials)
                names.emplace_back(known.name);
            std::string hint = suggestion(name, names);
            fields.problem(at, "no [[credential]] is called " + in_quotes(name),
                           hint.empty() ? "add [[credential]] name = " + in_quotes(name) : std::move(hint));
        } else if (!std::ranges::contains(credential->hosts, rule.host)) {
            fields.problem(at, "credential " + in_quotes(name) + " may not be placed toward " + in_quotes(rule.host),
                           "add that host to the hosts of the credential, or leave credential out");
        }
    }

    void only(Fields& fields, std::initializer_list<std::string_view> keys, bool fits, std::string_view what,
              std::string_view hint) {
        for (const std::string_view key : keys)
            if (!fits && fields.has(key))
                fields.problem(fields.at(key), std::string(key) + " " + std::string(what), std::string(hint));
    }

    std::optional<Glob> glob(Fields& fields, std::string_view key, const Text& pattern, Glob::Case letters,
                             Glob::Star star = Glob::Star::within_part) {
        auto compiled = Glob::compile(pattern.value, letters, star);
        if (!compiled) {
            fields.problem(pattern.at, std::string(key) + " " + in_quotes(pattern.value) + " " + compiled.error());
            return std::nullopt;
        }
        return std::move(*compiled);
    }

    void known_host(Fields& fields, const std::string& name, Position at, std::string_view key) {
        if (hosts_seen_.contains(name))
            return;
        std::vector<std::string_view> names;
        names.reserve(profile_.hosts.size());
        for (const Host& host : profile_.hosts)
            names.emplace_back(host.name);
        std::string hint = suggestion(name, names);
        fields.problem(at, std::string(key) + " names " + in_quotes(name) + ", which no [[host]] lists",
                       hint.empty() ? "add [[host]] name = " + in_quotes(name) : std::move(hint));
    }

    static Glance glance_at(const Rule& rule, std::uint32_t index) {
        Glance glance;
        glance.rule = index;
        if (!rule.methods.empty()) {
            glance.methods = 0;
            for (const std::string& method : rule.methods)
                glance.methods |= method_bit(method);
        }
        const std::optional<Glob>& glob = rule.kind == RuleKind::http ? rule.path : rule.repository;
        if (glob) {
            // A pattern that speaks of parameters fits paths without them, too.
            const std::string_view start = glob->prefix();
            const std::string_view prefix = start.substr(0, std::min(start.find(';'), glance.prefix.size()));
            std::ranges::copy(prefix, glance.prefix.begin());
            glance.length = static_cast<std::uint8_t>(prefix.size());
        }
        return glance;
    }

    void index() {
        for (std::size_t i = 0; i < profile_.hosts.size(); ++i)
            profile_.by_host[profile_.hosts[i].name].host = i;
        for (std::uint32_t i = 0; i < profile_.rules.size(); ++i) {
            const Rule& rule = profile_.rules[i];
            HostRules& of_host = profile_.by_host.at(rule.host);
            std::vector<Glance>& list = rule.kind == RuleKind::http        ? of_host.http
                                        : rule.kind == RuleKind::git_fetch ? of_host.fetch
                                                                           : of_host.push;
            list.push_back(glance_at(rule, i));
        }
    }

    Profile profile_;
    std::vector<Problem> problems_;
    std::unordered_set<std::string> hosts_seen_;
    std::unordered_set<std::string> credentials_seen_;
    std::unordered_set<std::string> rules_seen_;
};

}  // namespace

std::expected<Profile, std::vector<Problem>> check(std::string_view toml) {
    if (toml.size() > kMaxText)
        return std::unexpected(std::vector{Problem{{1, 1}, "the text is larger than 4 MiB", "split the work"}});
    const toml::parse_result parsed = toml::parse(toml);
    if (parsed.failed()) {
        const toml::source_position& begin = parsed.error().source().begin;
        return std::unexpected(
            std::vector{Problem{{begin.line, begin.column}, std::string(parsed.error().description()), {}}});
    }
    return Reader(toml).read(parsed.table());
}

Result<Profile> parse(std::string_view toml) {
    auto checked = check(toml);
    if (checked)
        return std::move(*checked);
    const Problem& first = checked.error().front();
    std::string detail = first.message;
    if (!first.hint.empty())
        detail += " (" + first.hint + ")";
    return fail("parse profile",
                "line " + std::to_string(first.at.line) + ", column " + std::to_string(first.at.column), 0, detail);
}

}  // namespace anchorhold::profile
