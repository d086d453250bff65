// Every kind of act that a person can be asked about.
#include <array>

#include "shield/action/action.hpp"
#include "shield/action/git_push.hpp"
#include "shield/action/http_request.hpp"

namespace anchorhold::action {
namespace {

constexpr std::array kTable{
    &kGitPush,      // a push to a git repository over smart HTTP
    &kHttpRequest,  // any other HTTP request
};

}  // namespace

Table action_table() {
    return kTable;
}

}  // namespace anchorhold::action
