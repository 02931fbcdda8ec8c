#include "engine/storage/reader_gate.h"

#include <algorithm>
#include <utility>

#include "engine/base/clock.h"

namespace laterbase {

ReaderSlot& ReaderGate::enter() {
  const std::int64_t now_us = system_clock().monotonic_us();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !closed_; });
  if (free_.empty()) {
    slots_.push_back(std::make_unique<ReaderSlot>());
    free_.reserve(slots_.size());  // so that leave() can't fail
    free_.push_back(slots_.back().get());
  }
  ReaderSlot& slot = *free_.back();
  free_.pop_back();
  slot.since_us = now_us;
  slot.inside = true;
  return slot;
}

void ReaderGate::leave(ReaderSlot& slot) noexcept {
  const std::lock_guard lock(mutex_);
  slot.inside = false;
  free_.push_back(&slot);
  if (closed_) changed_.notify_all();
}

bool ReaderGate::close(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  if (changed_.wait_for(lock, patience, [this] { return free_.size() == slots_.size(); })) return true;
  closed_ = false;
  changed_.notify_all();
  return false;
}

void ReaderGate::open() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

ReaderGate::Inside ReaderGate::inside() const {
  const std::int64_t now_us = system_clock().monotonic_us();
  const std::lock_guard lock(mutex_);
  Inside found;
  for (const auto& slot : slots_) {
    if (!slot->inside) continue;
    ++found.readers;
    found.oldest_ms = std::max(found.oldest_ms, (now_us - slot->since_us) / 1000);
  }
  return found;
}

std::vector<MDB_txn*> ReaderGate::take_transactions() {
  const std::lock_guard lock(mutex_);
  std::vector<MDB_txn*> taken;
  for (const auto& slot : slots_)
    if (slot->txn != nullptr) taken.push_back(std::exchange(slot->txn, nullptr));
  return taken;
}

}  // namespace laterbase
