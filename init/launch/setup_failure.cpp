#include "init/launch/setup_failure.hpp"

#include <unistd.h>

#include "init/launch/fixed_text.hpp"

namespace anchorhold::init {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Stage::exec) + 1> kNames{
    "signals",       "new session",  "resource limit",   "oom_score_adj", "namespace",      "loopback",
    "view of files", "descriptor",   "AppArmor profile", "groups",        "bounding set",   "securebits",
    "user",          "capabilities", "no_new_privs",     "directory",     "seccomp filter", "exec"};

}  // namespace

std::string_view name_of(Stage stage) {
    const auto index = static_cast<std::size_t>(stage);
    return index < kNames.size() ? kNames[index] : "set-up";
}

Error SetupFailure::error() const {
    return {.tried = std::string(name_of(stage)),
            .object = std::string(text_in(object)),
            .number = number,
            .detail = std::string(text_in(detail))};
}

std::optional<SetupFailure> read_setup_failure(int pipe) {
    SetupFailure failure;
    if (pipe < 0 || read(pipe, &failure, sizeof failure) != static_cast<ssize_t>(sizeof failure))
        return std::nullopt;
    return failure;
}

}  // namespace anchorhold::init
