#include "config/load.h"
#include "engine/base/log.h"
#include "program/node_commands.h"
#include "program/settings_command.h"
#include "server/serve.h"

namespace laterbase::program {
namespace {

int run(std::vector<std::string> arguments) {
  const auto settings = config::load({std::move(arguments), config::environment()});
  if (settings.has_error()) return tell(settings.error());
  log::setup(static_cast<log::Level>(settings->log.level), static_cast<log::Format>(settings->log.format));
  return serve(*settings);
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) { add_settings_command(app, "serve", "Run a node", exit_code, run); }

}  // namespace laterbase::program
