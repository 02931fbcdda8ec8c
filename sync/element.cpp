#include "sync/element.h"

namespace laterbase::sync {

Hash128 element_hash(const Element& element) noexcept {
  char bytes[Ulid::kBytes + 16];
  element.key.store(bytes);
  store_le(bytes + Ulid::kBytes, element.value.low);
  store_le(bytes + Ulid::kBytes + 8, element.value.high);
  return hash128({bytes, sizeof bytes});
}

Fingerprint& Fingerprint::operator+=(const Fingerprint& other) noexcept {
  count += other.count;
  sum.low += other.sum.low;
  sum.high += other.sum.high + (sum.low < other.sum.low ? 1 : 0);
  return *this;
}

Fingerprint& Fingerprint::operator-=(const Fingerprint& other) noexcept {
  count -= other.count;
  sum.high -= other.sum.high + (sum.low < other.sum.low ? 1 : 0);
  sum.low -= other.sum.low;
  return *this;
}

Fingerprint fingerprint_of(const Element& element) noexcept { return {1, element_hash(element)}; }

}  // namespace laterbase::sync
