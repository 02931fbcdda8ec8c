#pragma once

#include <CLI/App.hpp>

// The commands that are about a node on this machine. Each function adds one to `app`; the one that was asked for runs
// while the app parses its arguments, and sets `exit_code`.
namespace laterbase::program {

void add_serve(CLI::App& app, int& exit_code);
void add_check_config(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_version(CLI::App& app);

}  // namespace laterbase::program
