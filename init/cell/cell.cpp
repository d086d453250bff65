#include "init/cell/cell.hpp"

namespace anchorhold::cell {

init::LaunchSpec launch_spec(const Spec& spec) {
    init::LaunchSpec out = spec;
    if (!spec.root.empty())
        out.enter_view = [root = spec.root, mounts = spec.mounts] { return enter_view(root, mounts); };
    return out;
}

}  // namespace anchorhold::cell
