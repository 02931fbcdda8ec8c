#pragma once

#include <functional>

#include "engine/base/bytes.h"

namespace laterbase {

// Runs `produce(descriptor)` on a thread of its own, and gives `sink` whatever it writes there, until it closes its end
// by returning. Throws what `sink` throws, after `produce` has ended too: it gets EPIPE, never SIGPIPE. Otherwise
// returns what `produce` returned.
int pump_through_pipe(const std::function<int(int)>& produce, const std::function<void(BytesView)>& sink);

}  // namespace laterbase
