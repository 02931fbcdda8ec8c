#pragma once

#include <cstdint>
#include <string>

namespace laterbase::bench {

// The same questions asked of the real program over HTTP on loopback, as SQL views: what a durable POST of 1,000 events
// keeps of its rate beside three views, and single changes each followed by a read. Prints as it goes. `only`: the
// beginning of a workload's name, or "ingest".
void measure_over_http(std::uint64_t base_rows, bool with_ingest, const std::string& only);

}  // namespace laterbase::bench
