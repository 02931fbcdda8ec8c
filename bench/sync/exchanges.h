#pragma once

#include <cstdint>

namespace laterbase::bench {

// Two replicas in memory that differ in all the ways in which nodes come to differ: what it costs to make them equal,
// in round trips, bytes of the bodies and CPU of each side, beside the targets. Prints as it goes.
void measure_exchanges(std::uint64_t events, std::uint64_t seed);

}  // namespace laterbase::bench
