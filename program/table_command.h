#pragma once

#include <CLI/App.hpp>

// `laterbase table show FILE`: what a table's space file holds, while its owner may be writing it.
namespace laterbase::program {

void add_table(CLI::App& app, int& exit_code);

}  // namespace laterbase::program
