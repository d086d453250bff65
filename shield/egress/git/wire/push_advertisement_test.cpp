#include "shield/egress/git/wire/push_advertisement.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

#include "shield/egress/git/wire/pkt_line.hpp"

using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

std::string pkt(std::string_view payload) {
    std::string out;
    write_pkt(out, payload);
    return out;
}

const std::string kStart = pkt("# service=git-receive-pack\n") + "0000";
const std::string kId(40, '1');

}  // namespace

TEST_CASE("an advertisement gets no-thin and loses push-cert and push-options, in any split") {
    const std::string version = GENERATE(""s, pkt("version 1\n"));
    const std::string first =
        pkt(kId + " refs/heads/main\0report-status delete-refs push-cert=123 push-options ofs-delta agent=git/2\n"s);
    const std::string rest = pkt(kId + " refs/tags/v1\n") + "0000";
    const std::string head = kStart + version + first;
    for (std::size_t size = 0; size < head.size(); ++size)
        REQUIRE(rewrite_push_advertisement(std::string(head, 0, size)).state == ReadState::need_more);
    const Advertisement result = rewrite_push_advertisement(head + rest);
    REQUIRE(result.state == ReadState::done);
    CHECK(result.consumed == head.size());
    CHECK(result.rewritten ==
          kStart + version + pkt(kId + " refs/heads/main\0report-status delete-refs ofs-delta agent=git/2 no-thin\n"s));
}

TEST_CASE("advertisements without refs") {
    const std::string none = kStart + pkt(std::string(40, '0') + " capabilities^{}\0no-thin report-status"s) + "0000";
    CHECK(rewrite_push_advertisement(none).rewritten ==
          kStart + pkt(std::string(40, '0') + " capabilities^{}\0report-status no-thin\n"s));
    const std::string error = kStart + pkt("ERR no such repository");
    CHECK(rewrite_push_advertisement(error).rewritten == error);
    CHECK(rewrite_push_advertisement(kStart + "0000").rewritten == kStart + "0000");
}

TEST_CASE("what is no advertisement of a push is refused") {
    const std::string body = GENERATE_COPY(
        "<html>"s, "0000"s, pkt("# service=git-upload-pack\n"), pkt("# service=git-receive-pack\n") + pkt("x"),
        kStart + pkt(kId + " refs/heads/main\n"), kStart + pkt("version 1") + pkt("version 1"), kStart + "zzzz");
    CHECK(rewrite_push_advertisement(body).state == ReadState::refused);
    CHECK(rewrite_push_advertisement(body).refusal.status == 502);
}
