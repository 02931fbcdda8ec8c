#pragma once

#include <string>
#include <string_view>

#include "config/settings.h"

// Settings for people to read.
namespace laterbase::config {

// All of them as a TOML file with each one's meaning. Secrets are left out.
std::string print_toml(const Settings& settings);

// For --help: each setting as a flag with its default and meaning.
std::string help_text();

// limits.max_body is LATERBASE_LIMITS_MAX_BODY.
std::string environment_name(std::string_view setting);

}  // namespace laterbase::config
