#pragma once

#include <cstdint>

namespace laterbase::sync {

// What a decoder takes from a stranger. Beyond any of them a message is refused (ErrorCode::too_large) before memory is
// taken for it. A whole message is bounded by whoever reads the body; decoded it takes at most 20 times its bytes, and
// its events `event_bytes` more.
struct DecodeLimits {
  std::uint64_t keys = 1 << 20;  // in each of ids, lacks, wants
  std::uint64_t events = 1 << 20;
  std::uint64_t event_bytes = 64 << 20;  // of all values together, unpacked
  std::uint64_t ranges = 1 << 16;        // in each of ranges, newest, want_ranges
  std::uint64_t cells = 1 << 18;
  std::uint64_t counters = 4096;
  std::uint64_t seen = 1 << 16;
};

}  // namespace laterbase::sync
