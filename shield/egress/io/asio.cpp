#include "shield/egress/io/asio.hpp"

#include <exception>

namespace anchorhold::egress {

void spawn(Executor executor, Task<> task) {
    asio::co_spawn(executor, std::move(task), [](const std::exception_ptr& problem) {
        if (problem)
            std::rethrow_exception(problem);
    });
}

Task<> sleep_briefly(Executor executor) {
    Timer timer(executor, std::chrono::milliseconds(100));
    (void)co_await timer.async_wait(kAwait);
}

}  // namespace anchorhold::egress
