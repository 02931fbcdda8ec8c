#pragma once

#include <cstdint>
#include <string>

// A fold as somebody's program has it (typed JSON events, a state of a few numbers, 1,000 keys), beside a plain loop
// over the same events with the same reducer.
namespace laterbase::bench {

struct FoldFigures {
  double loop_per_us = 0;        // events
  double in_order_per_us = 0;    // each commit of 100 is flushed
  double backdated_per_us = 0;   // one event in ten is of up to 1,000 events ago
  double backdated_applied = 0;  // how often the reducer folds an event then
  double moment_us = 0;          // a state as of half its events ago
};

// Throws where a state is not what the loop gives.
FoldFigures measure_fold(std::uint64_t events);
// Lines for people.
std::string told(const FoldFigures& figures, std::uint64_t events);

}  // namespace laterbase::bench
