// Whatever comes, what is inflated stays within its bound.
#include "base/testing/require.hpp"
#include "shield/http/gunzip.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMaxBytes = 100'000;
    const auto plain = gunzip(text_of(data, size), kMaxBytes);
    require(!plain || plain->size() <= kMaxBytes, "it stays within its bound");
    require(plain || !plain.error().sentence.empty(), "a refusal says why");
    return 0;
}
