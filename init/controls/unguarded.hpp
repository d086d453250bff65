// What a `controls` build takes off the agent's cell beyond the Spec's own switches, so that an attack which such a
// guard stops wins without it (docs/design.md, "Guards and their controls"). The shipped init takes nothing off.
#pragma once

#include "init/cell/cell.hpp"
#include "init/controls/controls.hpp"

namespace anchorhold::init {

// `capabilities`: PAM leaves the session's bounding set alone. `uid`: the agent is root. `door`: a login gets no cgroup
// of its own. `namespaces`: the machine's own /dev, state and gate are in sight, and nothing of /proc and /sys is
// masked. `image`: /usr and /etc can be written, and there is a setuid program.
#ifdef ANCHORHOLD_CONTROLS
[[nodiscard]] Result<> take_guards_off(cell::Spec& spec, const Controls& controls);
#else
[[nodiscard]] inline Result<> take_guards_off(cell::Spec&, const Controls&) {
    return {};
}
#endif

}  // namespace anchorhold::init
