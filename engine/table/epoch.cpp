#include "engine/table/epoch.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "engine/table/word.h"

namespace laterbase::worktable {
namespace {

constexpr std::size_t garbage_bytes_before_collection = std::size_t{16} << 10;

long membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0); }

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

void Epochs::ask_for_light_pins() noexcept {
  std::call_once(asked_, [this] {
    light_pins_.store(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0, std::memory_order_release);
  });
}

void Epochs::heavy_barrier() noexcept {
  ask_for_light_pins();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (light_pins()) membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

bool Epochs::try_advance() noexcept {
  heavy_barrier();
  auto present = now();
  for (auto* slot = slots_.load(std::memory_order_acquire); slot != nullptr; slot = slot->next) {
    const auto pinned = slot->pinned.load(std::memory_order_acquire);
    if (pinned != 0 && pinned != present) return false;
  }
  return epoch_.compare_exchange_strong(present, present + 1, std::memory_order_acq_rel);
}

void Epochs::retire(void* memory, std::size_t bytes, void (*free)(void*)) {
  LATERBASE_INVARIANT(detail::thread_state.pins > 0, "memory is retired without a pin");
  bool full = false;
  {
    const std::lock_guard guard(garbage_lock_);
    garbage_.push_back({retirement(), memory, free});
    garbage_bytes_ += bytes;
    full = garbage_bytes_ >= garbage_bytes_before_collection;
    if (full) garbage_bytes_ = 0;
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
  heavy_barrier();
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
  ask_for_light_pins();
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
  if (epochs().light_pins()) thread_state.light_slot = lease.slot;
  return lease.slot;
}

void Writers::join() {
  const std::lock_guard guard(joining_);
  const auto* slot = detail::thread_state.slot;
  if (settled_for(slot)) return;
  handovers_ += alone_.load(std::memory_order_acquire) == nullptr ? 0 : 1;
  hand_to(handovers_ < most_handovers ? slot : &many_);
}

void Writers::begin_anew() {
  const std::lock_guard guard(joining_);
  handovers_ = 0;
  hand_to(detail::thread_state.slot);
}

// Nobody writes between the two stores: who looks at `alone_` in a write goes back to join(), and who looked at it
// before has ended when the new moment is open.
void Writers::hand_to(const ThreadSlot* next) {
  if (alone_.load(std::memory_order_acquire) != nullptr) {
    alone_.store(nullptr, std::memory_order_seq_cst);
    epochs().open_moment();
  }
  alone_.store(next, std::memory_order_release);
}

void WriteScope::wait_until_settled() const noexcept {
  Backoff backoff;
  while (!epochs().settled(moment_)) backoff.pause();
}

}  // namespace laterbase::worktable
