#pragma once

#include <cstdint>
#include <string>

namespace laterbase::bench {

struct SpaceFigures {
  double bytes = 0;          // written by the first save
  double save_seconds = 0;   // of it, durable
  double plain_seconds = 0;  // for as many bytes in writes of a megabyte, durable
  double load_seconds = 0;   // into an empty table, checked
  double owner_read = 0;     // ns a row, at random
  double other_read = 0;     // by another process, from the file
  std::string writer;        // io_uring or pwrite
};

// In this directory, which is on a disk.
SpaceFigures measure_space(std::uint64_t rows, const std::string& directory);

}  // namespace laterbase::bench
