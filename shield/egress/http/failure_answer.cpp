#include "shield/egress/http/failure_answer.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace anchorhold::egress {
namespace {

using audit::Outcome;
using enum FailureKind;

constexpr int kNobodyThere = 0;

struct Row {
    FailureKind kind;
    FailureAnswer answer;
    std::string_view why;
};

// clang-format off
constexpr std::array kRows{
    Row{client_gone,         {kNobodyThere, Outcome::rejected}, "its connection is over, and nothing was sent"},
    Row{malformed,           {400, Outcome::denied},   "it is the client's fault, not its server's"},
    Row{too_large,           {413, Outcome::denied},   "RFC 9110 section 15.5.14"},
    Row{not_presentable,     {403, Outcome::denied},   "a person cannot judge what cannot be shown"},
    Row{form_override,       {400, Outcome::denied},   "the method itself can be sent instead"},
    Row{no_push_report,      {403, Outcome::denied},   "it could not be told the verdict"},
    Row{credential_in_clear, {503, Outcome::denied},   "there is no credential for such a connection"},
    Row{disk_full,           {503, Outcome::denied},   "the same body may be taken later; its size is not at fault"},
    Row{storage_failed,      {503, Outcome::denied},   "this machine's fault"},
    Row{busy,                {503, Outcome::denied},   "there is no room just now"},
    Row{not_sendable,        {503, Outcome::denied},   "this machine's fault"},
    Row{no_memory,           {503, Outcome::denied},   "there is no room just now"},
    Row{gate_gone,           {503, Outcome::denied},   "without gatekeeper nothing leaves"},
    Row{auditor_gone,        {503, Outcome::denied},   "without auditor nothing leaves"},
    Row{lease_refused,       {503, Outcome::denied},   "there is no credential just now"},
    Row{search_refused,      {502, Outcome::denied},   "its answer could not be searched"},
    Row{ask_refused,         {403, Outcome::rejected}, "it is a no"},
    Row{pending,             {403, Outcome::delayed},  "clients that retry by themselves must not take it for a yes"},
    Row{denied,              {403, Outcome::rejected}, "it is a no"},
    Row{expired,             {403, Outcome::rejected}, "no answer is a no"},
    Row{withdrawn,           {403, Outcome::rejected}, "no answer is a no"},
    Row{spent,               {403, Outcome::denied},   "an approval is good for one act"},
    Row{consume_refused,     {403, Outcome::denied},   "these are not the bytes that were approved"},
    Row{unreachable,         {502, Outcome::failed},   "RFC 9110 section 15.6.3"},
    Row{broken_answer,       {502, Outcome::failed},   "RFC 9110 section 15.6.3"},
    Row{unsearchable_answer, {502, Outcome::failed},   "nothing of it may be seen"},
    Row{echoed_credential,   {502, Outcome::failed},   "nothing of it may be seen"},
    Row{cut_off,             {503, Outcome::failed},   "what allowed it is gone, and may come back"},
};
// clang-format on

// Each kind has its row, at its place.
consteval bool is_whole() {
    for (std::size_t at = 0; at < kRows.size(); ++at)
        if (static_cast<std::size_t>(kRows[at].kind) != at)
            return false;
    return kRows.size() == static_cast<std::size_t>(cut_off) + 1;
}
static_assert(is_whole());

}  // namespace

FailureAnswer answer_to(FailureKind kind) {
    return kRows[static_cast<std::size_t>(kind)].answer;
}

}  // namespace anchorhold::egress
