// hold: the agent's tool, inside its world.
#include <iostream>
#include <vector>

#include "shield/cli/hold_client.hpp"
#include "shield/cli/hold_command.hpp"

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    return anchorhold::cli::run_hold(words, anchorhold::cli::kBusAddress, std::cout, std::cerr);
}
