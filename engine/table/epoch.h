#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/base/invariant.h"

// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004): what a reader may still look at is not reused.
//
// Whoever reads holds a Pin. What is taken out of every structure is retired with the epoch after the present one, and
// reused once the epoch is two further than that: no pin of before can be left by then. Writers also say in which
// *moment* they began; a snapshot opens a new moment and waits for the writers of earlier ones (see pages.h).
// Threads: any number; each gets a slot at its first pin and gives it back when it ends.
// Cost: a pin is a store, under a nanosecond; nested pins are an increment. The barrier that orders the store before
// what is read under it is paid by who moves the epoch on: membarrier(2) makes every running thread of the process pass
// one. Where the kernel has none, a pin is a full barrier, about 5 ns.
namespace laterbase::worktable {

struct alignas(64) ThreadSlot {
  std::atomic<std::uint64_t> pinned{0};  // the epoch; 0 while this thread holds no pin
  std::atomic<std::uint64_t> writes{0};  // the moment of the write in progress plus 1; 0 between writes
  std::atomic<bool> taken{false};
  std::uint32_t number = 0;
  ThreadSlot* next = nullptr;
};

class Epochs {
 public:
  constexpr Epochs() = default;
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;
  ~Epochs();

  std::uint64_t now() const noexcept { return epoch_.load(std::memory_order_acquire); }
  // The epoch with which something just taken out is to be retired, by a thread that has held a Pin since before. The
  // taking out may be seen one epoch late, since nothing orders it before this look at the epoch; but not two: that
  // step waits for our pin to end.
  std::uint64_t retirement() const noexcept { return now() + 1; }
  bool is_past(std::uint64_t retired) const noexcept { return now() >= retired + 2; }
  // Moves on by one epoch if every pin is of the present one.
  bool try_advance() noexcept;
  // Frees memory of about so many bytes once nobody can be reading it. The caller holds a Pin.
  void retire(void* memory, std::size_t bytes, void (*free)(void*));
  // Frees what may be freed now.
  void collect();

  std::uint64_t moment() const noexcept { return moment_.load(std::memory_order_acquire); }
  // Opens a new moment and returns it once every write of an earlier one has ended.
  std::uint64_t open_moment();
  bool settled(std::uint64_t moment) const noexcept { return settled_.load(std::memory_order_acquire) >= moment; }

  // Whatever any thread has stored before is seen after it, and what others read later sees what we stored before it.
  void heavy_barrier() noexcept;

  ThreadSlot* take_slot();
  // Whether pins need no barrier of their own. Fixed before the first pin of the process.
  bool light_pins() const noexcept { return light_pins_.load(std::memory_order_relaxed); }

 private:
  void ask_for_light_pins() noexcept;

  struct Garbage {
    std::uint64_t epoch;
    void* memory;
    void (*free)(void*);
  };

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::uint64_t> moment_{0};
  std::atomic<std::uint64_t> settled_{0};
  std::atomic<ThreadSlot*> slots_{nullptr};
  std::mutex moment_lock_;
  std::mutex garbage_lock_;
  std::vector<Garbage> garbage_;
  std::size_t garbage_bytes_ = 0;  // retired since the last collection
  std::once_flag asked_;
  std::atomic<bool> light_pins_{false};
};

namespace detail {
// Never destroyed: threads may outlive static objects.
union Immortal {
  Epochs epochs;
  constexpr Immortal() : epochs() {}
  ~Immortal() {}  // NOLINT(modernize-use-equals-default): a union's would be deleted
};
inline constinit Immortal immortal;
}  // namespace detail

// One for all tables of the process, so that a thread needs one slot. Lifetime: the process.
inline Epochs& epochs() noexcept { return detail::immortal.epochs; }

namespace detail {
struct ThreadState {
  ThreadSlot* slot = nullptr;
  ThreadSlot* light_slot = nullptr;  // the same, where pins need no barrier
  ThreadSlot* idle_slot = nullptr;   // and this thread holds none
  std::uint32_t pins = 0;
};
inline constinit thread_local ThreadState thread_state{};
ThreadSlot* first_slot();  // takes this thread's slot, and gives it back when the thread ends
}  // namespace detail

// While it lives, links that this thread got stay valid, and rows behind them readable. Threads: the one that made it.
class Pin {
 public:
  Pin() {
    if (detail::thread_state.pins++ == 0) begin();
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() {
    if (--detail::thread_state.pins == 0) end();
  }

 private:
  static void end() noexcept {
    auto& state = detail::thread_state;
    state.slot->pinned.store(0, std::memory_order_release);
    state.idle_slot = state.light_slot;
  }
  static void begin() {
    auto* slot = detail::thread_state.slot;
    if (slot == nullptr) slot = detail::first_slot();
    slot->pinned.store(epochs().now(), std::memory_order_release);
    order_store();  // the pin is seen before anything is read under it
    detail::thread_state.idle_slot = nullptr;
  }

  friend class WriteScope;
  static void order_store() noexcept {
    if (epochs().light_pins()) [[likely]]
      std::atomic_signal_fence(std::memory_order_seq_cst);
    else
      std::atomic_thread_fence(std::memory_order_seq_cst);
  }
};

// A Pin for a few loads, within which nothing pins again: a store at each end, and unlike a Pin's count nothing that
// the next one has to wait for. False: it is none, since pins are heavy here, or this thread has one already, or never
// had.
class BriefPin {
 public:
  BriefPin() noexcept : slot_(detail::thread_state.idle_slot) {
    if (slot_ == nullptr) [[unlikely]]
      return;
    slot_->pinned.store(epochs().now(), std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  BriefPin(const BriefPin&) = delete;
  BriefPin& operator=(const BriefPin&) = delete;
  ~BriefPin() {
    if (slot_ != nullptr) [[likely]]
      slot_->pinned.store(0, std::memory_order_release);
  }
  explicit operator bool() const noexcept { return slot_ != nullptr; }

 private:
  ThreadSlot* const slot_;
};

// Who writes to a table. While it is one thread, what it changes needs no locked instruction, which are a tenth of the
// time of a write; the first write of another thread takes that from it, and waits for the write in progress. Threads
// that write in turns hand it on some times; then it is nobody's.
// Threads: any; nothing here within a write.
class Writers {
 public:
  Writers() = default;
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  // Takes the table for the calling thread, which has written to it, as if others never had.
  void begin_anew();

 private:
  friend class WriteScope;
  static constexpr unsigned most_handovers = 64;

  void join();
  void hand_to(const ThreadSlot* next);
  bool settled_for(const ThreadSlot* slot) const noexcept {
    const auto* alone = alone_.load(std::memory_order_acquire);
    return alone == slot || alone == &many_;
  }

  std::atomic<const ThreadSlot*> alone_{nullptr};  // nullptr: nobody yet, or it is just being handed on
  ThreadSlot many_;                                // stands for more than one
  std::mutex joining_;
  unsigned handovers_ = 0;
};

// One write to one table: a pin, and the moment in which it happens. Writes of one thread do not nest.
class WriteScope {
 public:
  explicit WriteScope(Writers& writers) {
    auto* slot = detail::thread_state.slot;
    auto& writes = slot->writes;
    LATERBASE_INVARIANT(writes.load(std::memory_order_relaxed) == 0, "a write began inside another write");
    for (;;) {
      if (!writers.settled_for(slot)) [[unlikely]]
        writers.join();
      do {
        moment_ = epochs().moment();
        writes.store(moment_ + 1, std::memory_order_release);
        Pin::order_store();
      } while (moment_ != epochs().moment());
      const auto* alone = writers.alone_.load(std::memory_order_acquire);  // after the store, or who joins sees that
      alone_ = alone == slot;
      if (alone_ || alone == &writers.many_) [[likely]]
        break;
      writes.store(0, std::memory_order_release);
    }
    if (!epochs().settled(moment_)) [[unlikely]]
      wait_until_settled();
  }
  WriteScope(const WriteScope&) = delete;
  WriteScope& operator=(const WriteScope&) = delete;
  ~WriteScope() { detail::thread_state.slot->writes.store(0, std::memory_order_release); }
  std::uint64_t moment() const noexcept { return moment_; }
  // Whether no other thread can write to this table until this ends.
  bool alone() const noexcept { return alone_; }

 private:
  void wait_until_settled() const noexcept;

  Pin pin_;
  std::uint64_t moment_;
  bool alone_ = false;
};

inline std::uint32_t thread_number() noexcept { return detail::thread_state.slot->number; }

}  // namespace laterbase::worktable
