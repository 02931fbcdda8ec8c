#pragma once

#include <string>

#include "sync/message.h"

namespace laterbase::simulation {

// A message in one line, with what a trace needs: every place, every event.
std::string describe(const sync::Message& message);

}  // namespace laterbase::simulation
