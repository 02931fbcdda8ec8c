#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <vector>

#include "config/load.h"

namespace laterbase::program {

// What a command does with its arguments; returns the exit code.
using Run = std::function<int(std::vector<std::string> arguments)>;

// A command whose arguments are settings, which config/settings.h knows and CLI11 need not. Its help lists them all.
void add_settings_command(CLI::App& app, const std::string& name, const std::string& description, int& exit_code,
                          Run run);

// Whether the flag is among the arguments; takes it away.
bool take_flag(std::vector<std::string>& arguments, const std::string& flag);

// Prints what is wrong with the configuration; returns the exit code.
int tell(const config::Errors& errors);

}  // namespace laterbase::program
