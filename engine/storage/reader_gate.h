#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

struct MDB_txn;

// Where readers of an environment come in and go out, each with a transaction of LMDB's that is used again, and which
// can be closed until all are out: the map must not move, nor the environment be closed, under one of them.
//
// Threads: any. Cost: one uncontended mutex each way.
namespace laterbase {

struct ReaderSlot {
  MDB_txn* txn = nullptr;  // reset while nobody is in, and absent until the slot is first used
  std::int64_t since_us = 0;
  bool inside = false;
};

class ReaderGate {
 public:
  // Waits while the gate is closed.
  ReaderSlot& enter();
  void leave(ReaderSlot& slot) noexcept;

  // Stops new readers and waits for those inside. False, and open again, where they are not out in time. `patience`
  // bounds what a reader that waits for the closing thread, or is it, can cost the others.
  bool close(std::chrono::milliseconds patience);
  void open();

  struct Inside {
    std::uint64_t readers = 0;
    std::int64_t oldest_ms = 0;
  };
  Inside inside() const;

  // Takes the transactions out of all slots. Only while the gate is closed, or nobody uses it.
  std::vector<MDB_txn*> take_transactions();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<ReaderSlot>> slots_;
  std::vector<ReaderSlot*> free_;
  bool closed_ = false;
};

// A stay inside the gate, in a slot. Movable.
class ReaderStay {
 public:
  explicit ReaderStay(ReaderGate& gate) : gate_(&gate), slot_(&gate.enter()) {}
  ReaderStay(ReaderStay&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), slot_(other.slot_) {}
  ReaderStay& operator=(ReaderStay&&) = delete;
  ~ReaderStay() {
    if (gate_ != nullptr) gate_->leave(*slot_);
  }
  ReaderSlot& slot() const noexcept { return *slot_; }

 private:
  ReaderGate* gate_;
  ReaderSlot* slot_;
};

}  // namespace laterbase
