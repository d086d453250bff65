// The method and URL that the agent asks about, on two lines.
#include "shield/agent_api/why.hpp"
#include "shield/profile/testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const agent_api::Policy policy{.profile = *profile::parse(profile::kDemo), .why_none = {}};
    const std::string_view text = as_text({data, size});
    const auto line = std::min(text.find('\n'), text.size());
    (void)agent_api::why(policy, text.substr(0, line), text.substr(std::min(line + 1, text.size())));
    return 0;
}
