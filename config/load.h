#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include "config/settings.h"

// Settings from the defaults, overridden by the TOML file (--config or LATERBASE_CONFIG), then the environment, then
// flags. Errors: all that are found, each with its place and what was meant. Threads: any.
namespace laterbase::config {

// Where a setting was given: "node.toml:3:1", "--limits.max_body" or "LATERBASE_LIMITS_MAX_BODY".
struct Place {
  std::string name;
  unsigned line;  // of the file, from 1; 0 for flags and variables

  Place(std::string place_name, unsigned file_line = 0) : name(std::move(place_name)), line(file_line) {}
};

struct ConfigError {
  Place place;
  std::string message;  // one sentence
  std::string text() const { return place.name + ": " + message; }
};

using Errors = std::vector<ConfigError>;
using Loaded = boost::system::result<Settings, Errors>;

Loaded load(const Source& source);

// This process's environment: the variables that begin with LATERBASE_.
std::map<std::string, std::string> environment();

// What reading settings again came to.
struct Reload {
  Settings settings;                      // the old ones with all that can change while running
  std::vector<std::string> changed;       // names of settings that have a new value now
  std::vector<std::string> need_restart;  // names of settings that keep their old value until a restart
};

// For SIGHUP: reload(running, *load(running.source)).
Reload reload(const Settings& running, const Settings& fresh);

}  // namespace laterbase::config
