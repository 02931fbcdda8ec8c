#pragma once

#include <string>

#include "sync/message.h"

namespace laterbase::sync {

// What a message says, for a line of the log: "from 01J…:17, cursor 12, ids 3, events 2". Cost: that of the text.
std::string describe(const Message& message);

}  // namespace laterbase::sync
