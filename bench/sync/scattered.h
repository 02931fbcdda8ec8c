#pragma once

#include <cstdint>
#include <vector>

// Two replicas that share a million events and differ in some scattered ones, reconciled by the four messages:
// summary → cells → wants and events → events. What is counted is every byte of the bodies except the events.
namespace laterbase::bench {

struct Scattered {
  std::uint64_t differences = 0;
  double peeled = 0;                         // share of exchanges whose first cells were enough
  double bytes = 0, bytes_99 = 0;            // a difference: on average; in 99 of 100 exchanges at most
  double cells = 0;                          // a difference, on average
  double answerer_ms = 0, initiator_ms = 0;  // processor time a side, on average
};

// `mine_share`: how many of the differences the initiator has.
Scattered measure_scattered(std::uint64_t differences, double mine_share, std::uint64_t rounds);

}  // namespace laterbase::bench
