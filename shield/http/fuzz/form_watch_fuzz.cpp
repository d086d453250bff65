// However a form is cut into pieces, the watch sees the same, and never a name again once it has seen one.
#include "base/testing/require.hpp"
#include "shield/http/form_watch.hpp"
#include "shield/http/request_names.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view form = text_of(data + 1, size - 1);
    const FormKind kind = (data[0] & 1) != 0 ? FormKind::multipart : FormKind::urlencoded;
    FormWatch whole(kind);
    FormWatch split(kind);
    const bool passed = whole.pass(form);
    const std::size_t piece = data[0] / 2 % 32 + 1U;
    bool each_passed = true;
    for (std::size_t at = 0; at < form.size(); at += piece)
        each_passed = split.pass(form.substr(at, piece)) && each_passed;
    require(passed == each_passed, "the split does not matter");
    require(passed || !whole.pass("a=b"), "what was found stays found");
    (void)field_class(form);
    for (const Parameter& parameter : query_parameters(form))
        (void)(names_method(parameter.name) || names_login(parameter.name));
    return 0;
}
