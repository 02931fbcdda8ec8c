#pragma once

#include "config/settings.h"

namespace laterbase {

// Runs a node until SIGTERM or SIGINT, and gives the process's exit code: 0 after an orderly end. Prints one line with
// the address once it answers. SIGHUP reads the settings again and logs what could be changed and what could not.
// Blocks the calling thread.
int serve(const config::Settings& settings);

}  // namespace laterbase
