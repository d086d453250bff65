// What is looked for in every answer of one host: the secrets of all credentials that the profile lists for it,
// whichever request placed one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shield/echo/index.hpp"

namespace anchorhold::egress {

struct Echoes {
    echo::Index index;
    std::vector<std::string> credentials;  // by the numbers that the index gives
};
// Null: no credential is listed for the host.
using EchoesPtr = std::shared_ptr<const Echoes>;

// As a Scrubber takes it.
[[nodiscard]] inline std::shared_ptr<const echo::Index> index_of(const EchoesPtr& echoes) {
    return echoes == nullptr ? nullptr : std::shared_ptr<const echo::Index>(echoes, &echoes->index);
}

}  // namespace anchorhold::egress
