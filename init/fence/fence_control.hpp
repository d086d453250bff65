// The fence of the machine: closed first of all, open only while every guard is READY. What the rules are is fw's.
#pragma once

#include <string>

#include "base/error.hpp"
#include "fw/fence.hpp"
#include "init/controls/controls.hpp"
#include "init/links/uplink_file.hpp"

namespace anchorhold::init {

class FenceControl {
  public:
    // Commits the closed ruleset. Before any link is up; without it the machine must not go on.
    static Result<FenceControl> create(const std::string& nic, const Uplink& uplink, const Controls& controls);

    Result<> close();
    Result<> open();
    [[nodiscard]] bool is_open() const { return open_; }
    // Zero or an errno.
    [[nodiscard]] fw::OpenReply allow(const fw::OpenRequest& request);

  private:
    FenceControl(fw::Fence fence, fw::Site site, const Controls& controls)
        : fence_(std::move(fence)), site_(std::move(site)), controls_(controls) {}
    Result<> commit(const fw::Ruleset& ruleset);

    fw::Fence fence_;
    fw::Site site_;
    Controls controls_;
    bool open_ = false;
};

}  // namespace anchorhold::init
