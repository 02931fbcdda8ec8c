#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/load.h"

// TOML into rows. The only file that knows toml++.
namespace laterbase::config {

// Where each setting was given, by name; of [[tokens]] and [[peers]] also "tokens[0]", ….
using Places = std::map<std::string, Place, std::less<>>;

struct Target {
  std::vector<Setting>& rows;
  Places& places;
  Errors& errors;
};

// A whole file; `file` is what places are named after. After a line that is no TOML it goes on with the next one, so
// that all errors are told at once.
void read_toml(std::string_view text, const std::string& file, Target target);

// One value as TOML writes it, such as [{name = "ops", …}], given as a flag or variable called `place`.
void read_toml_value(std::string_view text, const Place& place, Setting& row, Target target);

}  // namespace laterbase::config
