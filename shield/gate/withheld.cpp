#include "shield/gate/withheld.hpp"

#include <algorithm>

namespace anchorhold::gate {

bool Withheld::echoed(const std::string& credential, std::string_view from, std::int64_t now) {
    auto& times = times_[credential];
    times.push_back(now);
    std::erase_if(times, [now](std::int64_t time) { return time <= now - kWithin; });
    if (times.size() < kMaxEchoes || reasons_.contains(credential))
        return false;
    times.clear();
    reasons_[credential] = "credential " + credential + " came back in " + std::to_string(kMaxEchoes) +
                           " answers within 10 minutes, the last from " + std::string(from) +
                           "; it is withheld until the operator has looked and starts the workstation again";
    return true;
}

std::string_view Withheld::reason(std::string_view credential) const {
    const auto found = reasons_.find(credential);
    return found == reasons_.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace anchorhold::gate
