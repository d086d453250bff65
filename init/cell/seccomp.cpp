#include "init/cell/seccomp.hpp"

#include <cerrno>
#include <string>

#include "base/freed.hpp"
#include "init/cell/syscalls.hpp"

namespace anchorhold::cell {
namespace {

using Context = Owned<void, seccomp_release>;

Result<Context> begin(std::uint32_t otherwise) {
    Context context(seccomp_init(otherwise));
    if (!context)
        return fail("seccomp filter", "begin", ENOMEM);
    // x32 shares the native architecture's number and is told apart by libseccomp itself.
    int wrong = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (wrong == 0)
        wrong = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (wrong != 0)
        return fail("seccomp filter", "attributes", -wrong);
    return context;
}

Result<int> number_of(const char* call) {
    const int number = seccomp_syscall_resolve_name(call);
    if (number < 0)
        return fail("seccomp filter", call, ENOSYS, "libseccomp knows no such call");
    return number;
}

Result<Filter> compile(const Context& context) {
    std::size_t size = 0;
    if (const int wrong = seccomp_export_bpf_mem(context.get(), nullptr, &size); wrong != 0)
        return fail("seccomp filter", "size", -wrong);
    Filter filter(size / sizeof(sock_filter));
    if (const int wrong = seccomp_export_bpf_mem(context.get(), filter.data(), &size); wrong != 0)
        return fail("seccomp filter", "compile", -wrong);
    return filter;
}

Result<> refuse(const Context& context, const Refused& row) {
    auto number = number_of(row.call);
    if (!number)
        return std::unexpected(number.error());
    std::array<scmp_arg_cmp, 2> conditions{};
    for (std::size_t at = 0; at < row.conditions; ++at) {
        const When& when = row.when[at];
        conditions[at] = {.arg = when.argument, .op = when.how, .datum_a = when.first, .datum_b = when.second};
    }
    const std::uint32_t answer = SCMP_ACT_ERRNO(static_cast<std::uint32_t>(row.error));
    const int wrong = seccomp_rule_add_array(context.get(), answer, *number, static_cast<unsigned>(row.conditions),
                                             conditions.data());
    if (wrong != 0)
        return fail("seccomp filter", row.call, -wrong);
    return {};
}

Result<Filter> known_filter() {
    auto context = begin(SCMP_ACT_ERRNO(ENOSYS));
    if (!context)
        return std::unexpected(context.error());
    for (const char* call : known_calls()) {
        auto number = number_of(call);
        if (!number)
            return std::unexpected(number.error());
        if (const int wrong = seccomp_rule_add_array(context->get(), SCMP_ACT_ALLOW, *number, 0, nullptr); wrong != 0)
            return fail("seccomp filter", call, -wrong);
    }
    return compile(*context);
}

}  // namespace

Result<Filter> service_filter() {
    auto context = begin(SCMP_ACT_ALLOW);
    if (!context)
        return std::unexpected(context.error());
    for (const Refused& row : refused_calls()) {
        if (auto refused = refuse(*context, row); !refused)
            return std::unexpected(refused.error());
    }
    return compile(*context);
}

Result<std::vector<Filter>> agent_filters() {
    auto known = known_filter();
    if (!known)
        return std::unexpected(known.error());
    auto refused = service_filter();
    if (!refused)
        return std::unexpected(refused.error());
    // Of two filters that both answer an errno the one loaded last has the word (seccomp(2)).
    std::vector<Filter> filters;
    filters.push_back(std::move(*known));
    filters.push_back(std::move(*refused));
    return filters;
}

}  // namespace anchorhold::cell
