// Notes, checkpoints and verifier keys from hostile disks and hosts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "shield/audit/note.hpp"

using namespace anchorhold;
using namespace anchorhold::audit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto key = parse_verifier_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    const auto text = as_text({data, size});
    if (const auto parsed = parse_verifier_key(text); parsed && !parse_verifier_key(parsed->text()))
        std::abort();
    if (const auto checkpoint = parse_checkpoint(text); checkpoint && !text.starts_with(checkpoint_text(*checkpoint)))
        std::abort();
    if (const auto notes = read_notes(text))
        for (const auto& note : *notes)
            (void)open_checkpoint(note, *key);
    (void)open_note(text, *key);
    return 0;
}
