#pragma once

#include "config/settings.h"

namespace laterbase {

class Node;

// Runs a node until SIGTERM or SIGINT, and gives the process's exit code: 0 after an orderly end. Prints one line with
// the address once it answers. SIGHUP reads the settings again and logs what could be changed and what could not.
// Blocks the calling thread.
int serve(const config::Settings& settings);

// What a process that holds a node wants of the allocator and of signals, once.
void prepare_process();
// The line with the address.
void announce(const Node& node);

}  // namespace laterbase
