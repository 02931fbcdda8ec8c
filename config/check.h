#pragma once

#include "config/toml_reader.h"

// What no single value can tell: settings that contradict each other, secrets to be read from files.
namespace laterbase::config {

// Reads token files into tokens and peers, then checks everything together. Places name the errors.
void complete(Settings& settings, const Places& places, Errors& errors);

}  // namespace laterbase::config
