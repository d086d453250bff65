// What upstream says became of a push: git's report-status, plain or in side band 1, read as it passes by.
// gitprotocol-pack(5), "Report Status". Pure; at most two pkt-lines are kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

class PushReport {
  public:
    explicit PushReport(bool side_band) : side_band_(side_band) {}

    struct Refused {
        std::string ref;
        std::string reason;  // at most 200 bytes
    };

    // Any split.
    void add(std::string_view bytes);

    // The report was whole: `unpack` and the flush behind the last ref.
    [[nodiscard]] bool whole() const { return ended_ && unpacked_; }
    // As far as it was read: the pack was taken, and every ref.
    [[nodiscard]] bool taken() const { return whole() && unpack_refused_.empty() && refused_count_ == 0; }
    [[nodiscard]] const std::string& unpack_refused() const { return unpack_refused_; }
    // The first 20 of them.
    [[nodiscard]] const std::vector<Refused>& refused() const { return refused_; }
    [[nodiscard]] std::size_t refused_count() const { return refused_count_; }

  private:
    void read_report();
    void line(std::string_view text);

    bool side_band_;
    bool broken_ = false;
    bool ended_ = false;
    bool unpacked_ = false;  // that line was there
    std::string outer_;
    std::string report_;
    std::string unpack_refused_;
    std::vector<Refused> refused_;
    std::size_t refused_count_ = 0;
};

}  // namespace anchorhold::egress
