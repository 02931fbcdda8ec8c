#pragma once

#include <cstdint>

// What following the log costs an index, besides reading it.
namespace laterbase::bench {

struct Appended {
  double read_ns = 0;         // an event: reading the log alone
  double index_ns = 0;        // the index besides, without cells
  double index_cells_ns = 0;  // and with cells kept
  double backdated_ns = 0;    // without cells, events in random order
  double saved_share = 0;     // bytes saved of bytes of the events
  double load_ms = 0;         // taking what was saved
};

Appended measure_appended(std::uint64_t events);

}  // namespace laterbase::bench
