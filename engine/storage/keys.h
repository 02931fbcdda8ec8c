#pragma once

#include "engine/base/bytes.h"
#include "engine/base/invariant.h"

namespace laterbase {

// What every storage takes as a key, so that LMDB's own limit holds in the model too. A caller that is given keys from
// outside checks them before: a longer or empty one that comes this far is a bug.
constexpr std::size_t max_key_bytes = 511;

inline bool key_is_possible(BytesView key) noexcept { return !key.empty() && key.size() <= max_key_bytes; }

inline void require_key(BytesView key) noexcept {
  LATERBASE_INVARIANT(key_is_possible(key), "a key is 1 to 511 bytes long");
}

}  // namespace laterbase
