#include "server/library/config.h"

#include "config/load.h"

namespace laterbase {

Config& Config::set(const std::string& name, const std::string& value) {
  flags_.push_back("--" + name + "=" + value);
  return *this;
}

Config& Config::without_http() {
  http_ = false;
  return *this;
}

Config& Config::without_environment() {
  environment_ = false;
  return *this;
}

std::shared_ptr<const config::Settings> Config::load(std::vector<std::string>& errors) const {
  auto loaded = config::load({flags_, environment_ ? config::environment() : std::map<std::string, std::string>{}});
  if (loaded) return std::make_shared<const config::Settings>(std::move(*loaded));
  for (const config::ConfigError& error : loaded.error()) errors.push_back(error.text());
  return nullptr;
}

Config config_from(int argc, const char* const* argv) {
  Config config;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h")
      config.help_ = true;
    else if (i != 1 || argument != "serve")
      config.flags_.push_back(argument);
  }
  return config;
}

}  // namespace laterbase
