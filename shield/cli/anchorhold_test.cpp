#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "shield/audit/testing.hpp"
#include "shield/cli/anchorhold_command.hpp"
#include "shield/message/canonical_json.hpp"

using namespace anchorhold;

namespace {

constexpr std::string_view kProfile = R"(name = "demo"
version = 3
expires = 2999-06-01T00:00:00Z
[[host]]
name = "git.demo.test"
[[credential]]
name = "git-demo"
kind = "basic"
user = "bot"
hosts = ["git.demo.test"]
[[rule]]
id = "fetch"
host = "git.demo.test"
git = "fetch"
verdict = "allow"
[[rule]]
id = "push"
host = "git.demo.test"
git = "push"
updates = ["create", "update"]
credential = "git-demo"
verdict = "ask"
[[rule]]
id = "status"
host = "git.demo.test"
path = "/status/**"
verdict = "allow"
)";
const std::string kId(40, '1');

class Directory {
  public:
    Directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "anchorhold-test-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    std::string write(const std::string& name, std::string_view text) {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }

  private:
    std::filesystem::path path_;
};

struct Ran {
    int status;
    std::string out;
    std::string err;
};

Ran run(std::vector<std::string> words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(cli::commands(), views, out, err);
    return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("help shows every command, and each its examples") {
    const Ran all = run({"--help"});
    CHECK(all.status == 0);
    for (const cli::Command& command : cli::commands()) {
        CHECK(all.out.contains(command.name));
        std::vector<std::string> words;
        std::istringstream names{std::string(command.name)};
        for (std::string word; names >> word;)
            words.push_back(word);
        words.emplace_back("--help");
        CHECK(run(words).out.contains("examples:\n  "));
    }
    CHECK(run({}).status == 2);
}

TEST_CASE("what is asked wrongly gets a hint") {
    CHECK(run({"profile", "chek", "x"}).err ==
          "anchorhold: no command is called \"profile chek\"\n  did you mean \"profile check\"?\n");
    CHECK(run({"profile"}).status == 2);
    CHECK(run({"profile", "check"}).err.contains("too few arguments"));
    CHECK(run({"profile", "check", "x", "--colour"}).err.contains("is no option of profile check"));
    CHECK(run({"profile", "check", "x", "--signature"}).err.contains("needs a value"));
    CHECK(run({"profile", "check", "/nonexistent"}).status == 2);
    CHECK(run({"profile", "check", "/nonexistent"}).err.contains("No such file"));
}

TEST_CASE("check says where and what") {
    Directory directory;
    const std::string good = directory.write("good.toml", kProfile);
    const Ran in_order = run({"profile", "check", good});
    CHECK(in_order.status == 0);
    CHECK(in_order.out.starts_with(good +
                                   ": profile demo version 3, 1 hosts, 1 credentials, 3 rules, expires 2999-06-01T"));
    CHECK(in_order.out.contains(":23:1: warning: rule status allows plain requests that write on git.demo.test"));
    const auto warned = parse_json(run({"profile", "check", good, "--json"}).out);
    REQUIRE(warned);
    CHECK(warned->at("ok") == true);
    CHECK(warned->at("warnings").as_array().at(0).at("line") == 23);

    std::string text(kProfile);
    text.replace(text.find("verdict = \"ask\""), 15, "verdict = \"aks\"");
    const std::string bad = directory.write("bad.toml", text);
    const Ran faulty = run({"profile", "check", bad});
    CHECK(faulty.status == 1);
    CHECK(faulty.out == bad + ":22:11: verdict cannot be \"aks\"\n    hint: write one of: allow, ask, deny\n");
    const auto answer = parse_json(run({"profile", "check", bad, "--json"}).out);
    REQUIRE(answer);
    CHECK(answer->at("ok") == false);
    CHECK(answer->at("problems").as_array().at(0).at("line") == 22);

    text = kProfile;
    text.replace(text.find("2999"), 4, "2001");
    CHECK(run({"profile", "check", directory.write("old.toml", text)}).status == 1);
}

TEST_CASE("check with a signature needs both files and tells why not") {
    Directory directory;
    const std::string file = directory.write("p.toml", kProfile);
    const std::string signature = directory.write("p.toml.sig", "rubbish");
    const std::string signers = directory.write("allowed_signers", "");
    CHECK(run({"profile", "check", file, "--signature", signature}).status == 2);
    const Ran refused = run({"profile", "check", file, "--signature", signature, "--allowed-signers", signers});
    CHECK(refused.status == 1);
    CHECK(refused.out.contains("would not be taken: read signature armour"));
}

TEST_CASE("explain names the rule and what the others lacked") {
    Directory directory;
    const std::string file = directory.write("p.toml", kProfile);
    const Ran plain = run({"profile", "explain", file, "GET", "https://git.demo.test/status/x"});
    CHECK(plain.status == 0);
    CHECK(plain.out.starts_with("allow: allowed by rule status of profile demo version 3\n"));
    CHECK(plain.out.contains("it is for a git push, this is plain HTTP"));
    CHECK(run({"profile", "explain", file, "GET", "https://example.com"}).out ==
          "deny: refused by profile demo version 3: no rule lists example.com\n");
    CHECK(run({"profile", "explain", file, "GET", "https://git.demo.test/a/b.git/info/refs?service=git-upload-pack"})
              .out.starts_with("allow: allowed by rule fetch"));
    CHECK(run({"profile", "explain", file, "GET", "http://git.demo.test/"}).out.contains("port 80"));

    const Ran push =
        run({"profile", "explain", file, "push", "git.demo.test", "acme/app", "refs/heads/main", "0", kId});
    CHECK(push.out.starts_with("ask: rule push of profile demo version 3 asks a person\n"));
    CHECK(push.out.contains("credential git-demo; a person has 300 s"));
    const Ran gone =
        run({"profile", "explain", file, "push", "git.demo.test", "a/b", "refs/heads/x", kId, "0", "--json"});
    const auto answer = parse_json(gone.out);
    REQUIRE(answer);
    CHECK(answer->at("verdict") == "deny");
    CHECK(answer->at("steps").as_array().at(1).at("why") == "its update is create, update, this one is delete");

    for (const std::vector<std::string>& rest : {std::vector<std::string>{"GET", "ftp://x/"},
                                                 {"GET", "https://u@x/"},
                                                 {"GET", "https://x:99999/"},
                                                 {"POST", "https://git.demo.test/a/git-receive-pack"},
                                                 {"push", "h", "r"},
                                                 {"push", "h", "r", "refs/heads/x", "0", "0"}}) {
        std::vector<std::string> words{"profile", "explain", file};
        words.insert(words.end(), rest.begin(), rest.end());
        INFO(rest.back());
        CHECK(run(words).status == 2);
    }
}

TEST_CASE("audit verify tells a log that cannot be read from one that does not fit") {
    Directory directory;
    const Ran none = run({"audit", "verify", "/nonexistent"});
    CHECK(none.status == 2);
    CHECK(none.err.contains("anchorhold: /nonexistent: "));
    CHECK(run({"audit", "verify", "/tmp", "--key", "/nonexistent"}).err.contains("No such file"));

    const audit::test::Directory log_directory;
    {
        audit::Log log = audit::test::open_log(log_directory);
        audit::test::add(log, 3);
        audit::test::sign(log);
    }
    const Ran good = run({"audit", "verify", log_directory.path()});
    CHECK(good.status == 0);
    CHECK(good.out.starts_with(log_directory.path() + ": ok: 3 records"));
    CHECK(good.err.contains("judged by the key that lies beside"));

    for (const auto& entry : std::filesystem::directory_iterator(log_directory.path())) {
        const std::string path = entry.path().string();
        std::string text = audit::test::read_all(path);
        if (const std::size_t at = text.find("item/1"); at != std::string::npos)
            audit::test::write_all(path, text.replace(at, 6, "item/7"));
    }
    const Ran altered = run({"audit", "verify", log_directory.path(), "--json"});
    CHECK(altered.status == 1);
    const auto answer = parse_json(altered.out);
    REQUIRE(answer);
    CHECK(answer->at("ok") == false);
    CHECK(answer->at("misfit").at("line") == 2);
}
