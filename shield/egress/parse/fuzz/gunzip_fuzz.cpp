// Whatever comes, what is inflated stays within its bound.
#include "shield/egress/parse/fuzz/require.hpp"
#include "shield/egress/parse/gunzip.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::egress::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMost = 100'000;
    const auto plain = gunzip(text_of(data, size), kMost);
    require(!plain || plain->size() <= kMost, "it stays within its bound");
    require(plain || !plain.error().sentence.empty(), "a refusal says why");
    return 0;
}
