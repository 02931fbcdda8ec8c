#include "engine/events/conflict.h"

#include "engine/base/hash.h"

namespace laterbase {

bool value_wins(BytesView value, BytesView other) noexcept {
  const Hash128 one = hash128(value), two = hash128(other);
  if (one.high != two.high) return one.high > two.high;
  if (one.low != two.low) return one.low > two.low;
  return value > other;
}

}  // namespace laterbase
