#include "shield/egress/git/git_request.hpp"

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"

namespace anchorhold::egress {

std::optional<Refusal> git_request_fault(profile::GitService service, std::string_view method,
                                         std::string_view content_type) {
    std::string_view expected;
    switch (service) {
        case profile::GitService::none:
            return std::nullopt;
        case profile::GitService::advertise_fetch:
        case profile::GitService::advertise_push:
            if (method != "GET")
                return Refusal{405, "git asks for refs with GET", 0};
            return std::nullopt;
        case profile::GitService::fetch:
            expected = "application/x-git-upload-pack-request";
            break;
        case profile::GitService::push:
            expected = "application/x-git-receive-pack-request";
            break;
    }
    if (method != "POST")
        return Refusal{405, "git services are asked with POST", 0};
    if (!equal_ignoring_case(trim_ows(content_type.substr(0, content_type.find(';'))), expected))
        return Refusal{415, "the Content-Type is not the one of this git service", 0};
    return std::nullopt;
}

}  // namespace anchorhold::egress
