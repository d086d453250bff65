// The method and URL that the agent asks about, on two lines.
#include "shield/gate/why.hpp"
#include "shield/profile/testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const gate::Policy policy{
        .accepted = profile::Accepted{.profile = *profile::parse(profile::kDemo), .signer = {}, .fingerprint = {}},
        .text = {},
        .reason = {}};
    const std::string_view text = as_text({data, size});
    const auto line = std::min(text.find('\n'), text.size());
    (void)gate::why(policy, text.substr(0, line), text.substr(std::min(line + 1, text.size())));
    return 0;
}
