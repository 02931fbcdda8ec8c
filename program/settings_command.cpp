#include "program/settings_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "client/commands.h"
#include "config/print.h"

namespace laterbase::program {
namespace {

constexpr auto settings_help =
    "Every setting has one name: limits.max_body is --limits.max_body=64MiB as a flag, LATERBASE_LIMITS_MAX_BODY in "
    "the\n"
    "environment, and max_body = \"64MiB\" under [limits] in the TOML file that --config or LATERBASE_CONFIG names. "
    "Flags\n"
    "override the environment, which overrides the file. `laterbase check-config --print-defaults` writes a file to "
    "begin\n"
    "with.\n\n"
    "  --config=FILE\n        TOML file with settings.\n";

}  // namespace

bool take_flag(std::vector<std::string>& arguments, const std::string& flag) {
  const auto found = std::find(arguments.begin(), arguments.end(), flag);
  if (found == arguments.end()) return false;
  arguments.erase(found);
  return true;
}

void add_settings_command(CLI::App& app, const std::string& name, const std::string& description, int& exit_code,
                          Run run) {
  auto& command = *app.add_subcommand(name, description);
  command.prefix_command();
  command.footer(settings_help + config::help_text());
  command.callback([&command, &exit_code, run = std::move(run)] {
    auto arguments = command.remaining();
    if (take_flag(arguments, "--help") || take_flag(arguments, "-h")) throw CLI::CallForHelp();
    exit_code = client::guarded([&] { return run(std::move(arguments)); });
  });
}

int tell(const config::Errors& errors) {
  for (const auto& error : errors) std::cerr << "laterbase: " << error.text() << '\n';
  return client::usage;
}

}  // namespace laterbase::program
