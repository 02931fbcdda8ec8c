#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "engine/events/log.h"
#include "engine/storage/faults.h"
#include "engine/storage/memory_disk.h"

// One simulated computer's disk: what survives a process, and in part a loss of power.
namespace laterbase::simulation {

// Everything on a disk at one moment.
struct DiskCopy {
  using Table = std::vector<std::pair<std::string, std::string>>;
  std::vector<Table> tables;
  Table files;  // by path
  Ulid node;
  Hash128 identity;
};

class Machine {
 public:
  Machine(Ulid node, std::uint64_t seed);

  LogPlace place();

  // What was not synced may be gone.
  void lose_power(Random& random);

  DiskCopy copy();
  // As that moment's image: the files don't know that anything happened.
  void restore(const DiskCopy& copy);
  // From now on the disk's files are others: to a log that looks, they are a copy.
  void take_identity(const Hash128& identity) { identity_ = identity; }
  void wipe(Ulid node);

  void fill() noexcept;  // the disk is full
  void make_room() noexcept;
  bool is_full() const noexcept { return *full_; }

  FaultPlan& faults() noexcept { return *faults_; }

 private:
  void build();

  Ulid node_;
  Hash128 identity_;
  std::uint64_t boot_ = 1;
  Random random_;
  std::shared_ptr<bool> full_;
  std::shared_ptr<FaultPlan> faults_;
  Storage* tables_ = nullptr;  // without faults, inside of storage_
  std::unique_ptr<MemoryDisk> files_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Disk> disk_;
};

}  // namespace laterbase::simulation
