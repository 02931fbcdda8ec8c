#pragma once

#include <cstddef>
#include <cstdint>

// What one sync message may hold and cost. What is over a limit is deferred, never refused: an answer covers a prefix
// and says where to go on.
namespace laterbase::sync {

struct Limits {
  std::uint64_t events_bytes = 4 << 20;  // of the values and keys in one message; one event always fits
  std::size_t events = 50'000;
  std::size_t ids = 65'536;         // announced, lacking or wanted in one message
  std::uint64_t scan = 500'000;     // log positions looked at for one message
  std::size_t ranges = 256;         // compared in one message
  std::size_t range_split = 16;     // parts that a differing range is split into
  std::uint64_t range_leaf = 32;    // ranges of so few events are compared by their keys
  std::uint64_t cells = 1 << 18;    // of the rateless table; more differences are found by splitting ranges
  std::size_t seen = 1'024;         // origins in a vector
  std::uint64_t value_guess = 200;  // bytes of a typical value, where sending twice is weighed against asking
};

}  // namespace laterbase::sync
