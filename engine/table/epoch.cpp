#include "engine/table/epoch.h"

#include <algorithm>

#include "engine/base/invariant.h"
#include "engine/table/word.h"

namespace laterbase::worktable {
namespace {

constexpr std::size_t garbage_before_collection = 64;

// Gives the slot back when its thread ends.
struct SlotLease {
  ThreadSlot* slot = nullptr;
  ~SlotLease() {
    if (slot != nullptr) slot->taken.store(false, std::memory_order_release);
  }
};

}  // namespace

Epochs::~Epochs() {
  for (const auto& item : garbage_) item.free(item.memory);
  for (ThreadSlot* slot = slots_.load(); slot != nullptr;) {
    ThreadSlot* next = slot->next;
    delete slot;
    slot = next;
  }
}

std::uint64_t Epochs::retirement() const noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // the epoch is read after the thing was taken out
  return now();
}

bool Epochs::try_advance() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  auto present = now();
  for (auto* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next) {
    const auto pinned = slot->pinned.load(std::memory_order_acquire);
    if (pinned != 0 && pinned != present) return false;
  }
  return epoch_.compare_exchange_strong(present, present + 1, std::memory_order_acq_rel);
}

void Epochs::retire(void* memory, void (*free)(void*)) {
  bool full = false;
  {
    const std::lock_guard guard(garbage_lock_);
    garbage_.push_back({retirement(), memory, free});
    full = garbage_.size() % garbage_before_collection == 0;
  }
  if (full) collect();
}

void Epochs::collect() {
  try_advance();
  std::vector<Garbage> past;
  {
    const std::lock_guard guard(garbage_lock_);
    const auto first_past =
        std::partition(garbage_.begin(), garbage_.end(), [this](const Garbage& item) { return !is_past(item.epoch); });
    past.assign(first_past, garbage_.end());
    garbage_.erase(first_past, garbage_.end());
  }
  for (const auto& item : past) item.free(item.memory);
}

std::uint64_t Epochs::open_moment() {
  const std::lock_guard guard(moment_lock_);
  const auto moment = moment_.fetch_add(1, std::memory_order_seq_cst) + 1;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (auto* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next) {
    Backoff backoff;
    for (auto began = slot->writes.load(std::memory_order_acquire); began != 0 && began <= moment;
         began = slot->writes.load(std::memory_order_acquire))
      backoff.pause();
  }
  settled_.store(moment, std::memory_order_release);
  return moment;
}

ThreadSlot* Epochs::take_slot() {
  for (auto* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next)
    if (bool free = false; slot->taken.compare_exchange_strong(free, true, std::memory_order_acq_rel)) return slot;
  auto* slot = new ThreadSlot;
  slot->taken.store(true, std::memory_order_relaxed);
  slot->next = slots_.load(std::memory_order_acquire);
  do {
    slot->number = slot->next == nullptr ? 0 : slot->next->number + 1;
  } while (!slots_.compare_exchange_weak(slot->next, slot, std::memory_order_acq_rel));
  return slot;
}

ThreadSlot* detail::first_slot() {
  thread_local SlotLease lease;
  lease.slot = epochs().take_slot();
  thread_state.slot = lease.slot;
  return lease.slot;
}

WriteScope::WriteScope() {
  auto& writes = detail::thread_state.slot->writes;
  LATERBASE_INVARIANT(writes.load(std::memory_order_relaxed) == 0, "a write began inside another write");
  do {
    moment_ = epochs().moment();
    writes.store(moment_ + 1, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  } while (moment_ != epochs().moment());
  Backoff backoff;
  while (!epochs().settled(moment_)) backoff.pause();
}

}  // namespace laterbase::worktable
