#pragma once

#include <memory>
#include <string>
#include <vector>

// Settings of a node that is part of a program: the same names, units and sources as the daemon's (`--help` lists
// them), so `--limits.max_body=64MiB`, LATERBASE_LIMITS_MAX_BODY and a TOML file by --config all work.
namespace laterbase {

namespace config {
struct Settings;
}

class Config {
 public:
  // As on the command line: set("data", "/var/lib/trucks"), set("listen", "127.0.0.1:0"). What is wrong with a setting
  // is said when the server starts.
  Config& set(const std::string& name, const std::string& value);
  // A node that nobody can talk to but this program; it still talks to its peers.
  Config& without_http();
  // Not the environment's variables.
  Config& without_environment();

  bool has_http() const noexcept { return http_; }
  bool wants_help() const noexcept { return help_; }

  // Errors: all that are found, a sentence each.
  std::shared_ptr<const config::Settings> load(std::vector<std::string>& errors) const;

 private:
  friend Config config_from(int argc, const char* const* argv);
  std::vector<std::string> flags_;
  bool http_ = true;
  bool environment_ = true;
  bool help_ = false;
};

// What a main() was given.
Config config_from(int argc, const char* const* argv);

}  // namespace laterbase
