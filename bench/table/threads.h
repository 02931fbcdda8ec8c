#pragma once

#include "bench/table/measure.h"

namespace laterbase::bench {

// "insert", "point read" and "update": nanoseconds a row by the clock, over all threads together, each with rows of its
// own.
Figures measure_work_table(std::uint64_t rows, unsigned threads);
// The same container as in the table of one thread, behind a shared mutex.
Figures measure_locked_multi_index(std::uint64_t rows, unsigned threads);

}  // namespace laterbase::bench
