// A line that is taken for a record survives being sealed anew: nothing that is read means two things.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "shield/audit/log_line.hpp"
#include "shield/audit/segments.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    (void)parse_standing(text);
    if (const auto record = read_record(text)) {
        Chain chain{.uid = record->chain, .next = record->sequence, .last = record->previous};
        if (!follow(chain, *record).empty())
            std::abort();
    }
    auto event = parse_json(text);
    if (!event || !event->is_object())
        return 0;
    Chain chain{.uid = "anchorhold/0", .next = 7, .last = std::nullopt};
    std::string line;
    if (seal(line, event->get_object(), "egress", chain) && !read_record(line))
        std::abort();
    return 0;
}
