#include "program/node_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "client/commands.h"
#include "client/console.h"
#include "config/print.h"
#include "engine/events/backup.h"
#include "program/settings_command.h"

namespace laterbase::program {
namespace {

int check_config(std::vector<std::string> arguments) {
  if (take_flag(arguments, "--print-defaults")) {
    std::cout << config::print_toml({});
    return client::success;
  }
  const bool print = take_flag(arguments, "--print");
  const auto settings = config::load({std::move(arguments), config::environment()});
  if (settings.has_error()) return tell(settings.error());
  std::cout << (print ? config::print_toml(*settings) : "ok\n");
  return client::success;
}

struct RestoreOptions {
  std::string file, directory = "data", database;
};

int restore(const RestoreOptions& options) {
  const auto report = restore_root(options.directory, options.database, options.file);
  if (report.has_error()) {
    std::cerr << "laterbase: " << report.error().detail << '\n';
    return client::refused;
  }
  std::cout << fmt::format("{} is restored in {}: {} events, {}, each held against its checksum.\n", options.database,
                           options.directory, client::with_commas(report->events), client::human_bytes(report->bytes));
  return client::success;
}

}  // namespace

void add_check_config(CLI::App& app, int& exit_code) {
  add_settings_command(app, "check-config",
                       "Say whether the configuration is right; --print shows all of it, --print-defaults the defaults",
                       exit_code, check_config);
}

void add_restore(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("restore", "Put a backup in place as a database, while no node runs");
  auto options = std::make_shared<RestoreOptions>();
  command.add_option("file", options->file, "What laterbase backup wrote")->required();
  command.add_option("--data", options->directory, "The node's data directory")
      ->envname("LATERBASE_DATA")
      ->capture_default_str();
  command.add_option("--db", options->database, "The database's name, which must not be there yet")
      ->envname("LATERBASE_DB")
      ->required();
  command.footer(
      "Every event is read and held against its checksum before the database is put in place.\n\n"
      "  laterbase restore trucks.backup --data data --db trucks");
  command.callback([options, &exit_code] { exit_code = client::guarded([&] { return restore(*options); }); });
}

void add_version(CLI::App& app) {
  app.add_subcommand("version", "Print the version")->callback([] {
    std::cout << "laterbase " LATERBASE_VERSION "\n";
  });
}

}  // namespace laterbase::program
