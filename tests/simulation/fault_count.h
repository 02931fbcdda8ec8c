#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// What went wrong in a run, counted: a run whose faults did not happen proves nothing.
namespace laterbase::simulation {

enum class Fault : std::uint8_t {
  dropped,            // a message
  duplicated,         // a request
  reordered,          // a message overtook another one
  stale,              // a request came after whoever sent it had given up
  cut,                // a body, somewhere
  corrupted,          // bits of a body
  half_open,          // an answer that never came: given up
  answer_lost,        // the request had been taken
  partitioned,        // neither way
  one_way,            // requests come, answers don't, or the other way round
  power_loss,         // between two operations
  operation_crash,    // power loss in the middle of a storage operation
  operation_failed,   // of storage or disk, and the process went on
  killed,             // the process, not the machine
  unsynced_lost,      // events that were shown and not durable
  disk_full,          // a write was refused for it
  restored_in_place,  // the disk is as it was, and does not know it
  restored_as_copy,   // from files that were copied
  cloned,             // two machines with one disk's content
  wiped,
  swapped,  // two disks
  clock_forward,
  clock_back,
  contradiction,   // a key with two values
  waiting,         // an event too far ahead set aside
  lie,             // of a peer
  unknown_member,  // of a version to come
  asked_ahead,     // the next part of a log, before the one before it was merged
  count
};

inline constexpr std::size_t fault_classes = static_cast<std::size_t>(Fault::count);
const char* name_of(Fault fault) noexcept;

class FaultCount {
 public:
  void add(Fault fault, std::uint64_t times = 1) noexcept { counts_[static_cast<std::size_t>(fault)] += times; }
  std::uint64_t of(Fault fault) const noexcept { return counts_[static_cast<std::size_t>(fault)]; }
  FaultCount& operator+=(const FaultCount& other) noexcept {
    for (std::size_t i = 0; i < fault_classes; ++i) counts_[i] += other.counts_[i];
    return *this;
  }

 private:
  std::array<std::uint64_t, fault_classes> counts_{};
};

}  // namespace laterbase::simulation
