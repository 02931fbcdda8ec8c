#pragma once

#include <cstdint>
#include <functional>

#include "engine/storage/storage.h"

namespace laterbase {

struct CheckReport {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  // of values
};

// Reads everything of a root's tree and holds it against itself: each entry against its checksum and the running hash,
// each key against the log. What LMDB would give silently wrong after a flipped bit is told here.
// `go_on` is asked now and then with the position reached; false ends the check early.
// Errors: Failure{damaged} that says what is wrong. Cost: about 0.3 µs an event.
CheckReport check_tree(ReadTxn& txn, const std::function<bool(std::uint64_t lc)>& go_on);

}  // namespace laterbase
