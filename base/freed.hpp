// Ownership of what a C library makes: std::unique_ptr<nl_sock, Freed<nl_socket_free>>.
#pragma once

namespace anchorhold {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

}  // namespace anchorhold
