#include "init/cell/told.hpp"

#include <string_view>

#include "init/launch/fixed_text.hpp"

namespace anchorhold::cell {
Told tell(const Error& error) {
    Told told{.number = error.number};
    init::put_text(told.tried, error.tried);
    init::put_text(told.object, error.object);
    init::put_text(told.detail, error.detail);
    return told;
}

Result<> heard(const Told& told) {
    const std::string_view tried = init::text_in(told.tried);
    if (tried.empty())
        return {};
    return fail(tried, init::text_in(told.object), told.number, init::text_in(told.detail));
}

}  // namespace anchorhold::cell
