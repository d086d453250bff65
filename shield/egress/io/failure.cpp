#include "shield/egress/io/failure.hpp"

#include <utility>

namespace anchorhold::egress {

std::unexpected<Failure> fail(FailureKind kind, std::string_view tried, std::string_view object, int number,
                              std::string_view detail) {
    return fail(kind, Error{std::string(tried), std::string(object), number, std::string(detail)});
}

std::unexpected<Failure> fail(FailureKind kind, Error error) {
    return std::unexpected(Failure{std::move(error), kind});
}

}  // namespace anchorhold::egress
