#include "tests/simulation/fault_count.h"

namespace laterbase::simulation {

const char* name_of(Fault fault) noexcept {
  static constexpr std::array<const char*, fault_classes> names = {
      "dropped",    "duplicated",        "reordered",        "stale",         "cut",
      "corrupted",  "half open",         "answer lost",      "partitioned",   "one way",
      "power loss", "operation crash",   "operation failed", "killed",        "unsynced lost",
      "disk full",  "restored in place", "restored as copy", "cloned",        "wiped",
      "swapped",    "clock forward",     "clock back",       "contradiction", "waiting",
      "lie",        "unknown member",    "asked ahead"};
  return names[static_cast<std::size_t>(fault)];
}

}  // namespace laterbase::simulation
