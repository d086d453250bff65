// Whatever we accept, llhttp accepts and reads the same, and so is what we would send on.
#include "base/testing/require.hpp"
#include "shield/http/oracle/llhttp_oracle.hpp"

using namespace anchorhold::fuzz;
using namespace anchorhold::egress::oracle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const Kind kind = data[0] % 4 == 1 ? Kind::response : data[0] % 4 == 2 ? Kind::response_to_head : Kind::request;
    const std::string different = difference(kind, text_of(data + 1, size - 1));
    require(different.empty(), different);
    return 0;
}
