#include "shield/console/page_files.hpp"

#include "base/file.hpp"
#include "shield/console/routes.hpp"

namespace anchorhold::console {

Result<PageFiles> load_page_files(const std::string& directory) {
    constexpr std::size_t limit = 256UL * 1024;
    PageFiles files;
    for (const auto& route : routes()) {
        if (route.handler != Handler::file)
            continue;
        auto text = read_file(directory + "/" + std::string(route.name), limit);
        if (!text)
            return std::unexpected(text.error());
        files.emplace(route.name, std::move(*text));
    }
    return files;
}

}  // namespace anchorhold::console
