#pragma once

#include <cstdint>

namespace laterbase::bench {

// The real program: a first copy of so many events against plain ingest of the same, and eight nodes that all know each
// other and all write. Prints as it goes.
void measure_nodes(std::uint64_t events);

}  // namespace laterbase::bench
