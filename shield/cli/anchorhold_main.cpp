// anchorhold: the operator's tool, on the operator's machine or inside as root.
#include <iostream>
#include <string_view>
#include <vector>

#include "shield/cli/anchorhold_command.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    const int status = anchorhold::cli::run(anchorhold::cli::commands(), words, std::cout, std::cerr);
    std::cout.flush();
    return std::cout ? status : anchorhold::cli::kUsage;
}
