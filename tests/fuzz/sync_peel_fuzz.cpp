#include <cstring>

#include "engine/base/invariant.h"
#include "sync/rateless.h"

// Cells of a stranger against a small set: the peel ends, and finds no more than it may.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace laterbase;
  using namespace laterbase::sync;
  constexpr std::size_t cell_bytes = 21;
  CellSet mine(64);
  for (std::uint64_t i = 0; i < 10; ++i) mine.add({{i, i}, {i, i}});
  std::vector<Cell> theirs;
  for (; size >= cell_bytes; data += cell_bytes, size -= cell_bytes) {
    char bytes[cell_bytes];
    std::memcpy(bytes, data, cell_bytes);
    const auto check = load_le<std::uint32_t>(bytes + 17);
    theirs.push_back({Ulid::load(bytes), check & 0x0fffffff, static_cast<std::uint8_t>(bytes[16]),
                      static_cast<std::uint8_t>(check >> 28)});
  }
  const Difference difference = peel(mine.cells(), theirs);
  LATERBASE_INVARIANT(difference.only_mine.size() + difference.only_theirs.size() <= 2 * theirs.size(), "bounded");
  return 0;
}
