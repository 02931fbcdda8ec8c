#pragma once

#include <cstdint>

namespace laterbase::bench {

// Nanoseconds a row over all threads together, each thread with rows of its own.
struct ThreadFigures {
  double insert = 0;
  double read = 0;
  double update = 0;
};

ThreadFigures measure_work_table(std::uint64_t rows, unsigned threads);
// The same container as in the table of one thread, behind a shared mutex.
ThreadFigures measure_locked_multi_index(std::uint64_t rows, unsigned threads);

}  // namespace laterbase::bench
