#include "shield/egress/http/request_facts.hpp"

#include <string>
#include <string_view>

#include "base/utf8.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxText = 8UL * 1024;  // of a body that a person is shown

class Text final : public BodyListener {
  public:
    explicit Text(std::uint64_t body_bytes) : fits_(body_bytes <= kMaxText) {}
    Attempt<> add(std::string_view bytes) override {
        if (fits_)
            text_ += bytes;
        return {};
    }
    // Whole or not at all: a part would hide what matters behind it.
    [[nodiscard]] json::value shown() const {
        return fits_ && text_utf8(text_) ? json::value(text_) : json::value(nullptr);
    }

  private:
    bool fits_;
    std::string text_;
};

}  // namespace

Task<Attempt<json::object>> request_facts(HeldRequest request, const Spool& body) {
    Text text(body.size());
    auto facts = co_await body_facts(std::move(request), body, text);
    if (facts) {
        (*facts)["kind"] = "http.request";
        (*facts)["body_text"] = text.shown();
    }
    co_return facts;
}

}  // namespace anchorhold::egress
