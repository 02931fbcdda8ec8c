#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "client/commands.h"
#include "program/node_commands.h"
#include "program/table_command.h"

namespace {

constexpr auto description =
    "Laterbase keeps events: durable, live, queryable, on a node that may be offline.\n\n"
    "  laterbase serve --data data                       a node on http://127.0.0.1:7070\n"
    "  echo '{\"kg\":120}' | laterbase post --db trucks --create\n"
    "  laterbase feed --db trucks --follow\n";

constexpr auto footer =
    "`laterbase COMMAND --help` says more. Commands that talk to a node find it by --url or LATERBASE_URL, and the "
    "database\n"
    "by --db or LATERBASE_DB.\n\n"
    "Exit codes: 0 done; 1 the node said no; 2 wrong arguments, configuration or input; 3 the node cannot be reached.";

// CLI11 has an exit code of its own for each kind of mistake; here they are all one.
int tell(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? laterbase::client::success : laterbase::client::usage;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  int exit_code = laterbase::client::success;
  CLI::App app(description, "laterbase");
  app.footer(footer);
  app.set_version_flag("--version", "laterbase " LATERBASE_VERSION);
  app.require_subcommand(0, 1);
  laterbase::program::add_serve(app, exit_code);
  laterbase::client::add_commands(app, exit_code);
  laterbase::program::add_restore(app, exit_code);
  laterbase::program::add_check_config(app, exit_code);
  laterbase::program::add_table(app, exit_code);
  laterbase::program::add_version(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tell(app, error);
  }
  if (!app.get_subcommands().empty()) return exit_code;
  std::cerr << app.help();
  return laterbase::client::usage;
}
