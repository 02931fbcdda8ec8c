#pragma once

#include "engine/base/random.h"
#include "sync/message.h"

namespace laterbase::simulation {

// Makes one thing in a message untrue. Events' keys and values stay: who may write may write anything, and no replica
// can tell.
void tell_a_lie(Random& random, sync::Message& message);

}  // namespace laterbase::simulation
