// Ownership of what a C library makes: Owned<nl_sock, nl_socket_free>.
#pragma once

#include <memory>

namespace anchorhold {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

}  // namespace anchorhold
