#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>

// Memory that one thread writes while others copy it and check afterwards whether the copy is whole (a seqlock, after
// Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012). Such memory is only ever
// touched as aligned 8-byte words: stores release, loads acquire, so neither can pass the version word they are checked
// against. On x86-64 both are plain moves.
namespace laterbase::worktable {

constexpr std::uint32_t word_bytes = 8;

inline std::atomic_ref<std::uint64_t> shared_word(const char* at) noexcept {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(const_cast<char*>(at)));
}

inline std::uint64_t load_word(const char* at) noexcept { return shared_word(at).load(std::memory_order_acquire); }
inline void store_word(char* at, std::uint64_t value) noexcept {
  shared_word(at).store(value, std::memory_order_release);
}

// A row where it stands, while others may be writing it: `width` bytes (8 at most) at an offset, as a number.
struct SharedRow {
  const char* at;  // aligned

  std::uint64_t bytes(std::uint32_t offset, std::uint32_t width) const noexcept {
    const auto bit = offset % word_bytes * 8;
    const auto* word = at + offset - offset % word_bytes;
    auto value = load_word(word) >> bit;
    if (bit + width * 8 > 64) value |= load_word(word + word_bytes) << (64 - bit);
    return width == word_bytes ? value : value & ((std::uint64_t{1} << width * 8) - 1);
  }
};

constexpr std::uint32_t words_for(std::uint32_t bytes) noexcept { return (bytes + word_bytes - 1) / word_bytes; }

inline void copy_from_shared(std::uint64_t* to, const char* from, std::uint32_t words) noexcept {
  for (std::uint32_t i = 0; i < words; ++i) to[i] = load_word(from + std::size_t{i} * word_bytes);
}

// Copies `bytes` bytes of private memory; the rest of the last word becomes zero.
inline void copy_to_shared(char* to, const char* from, std::uint32_t bytes) noexcept {
  std::uint64_t word = 0;
  for (; bytes >= word_bytes; bytes -= word_bytes, to += word_bytes, from += word_bytes) {
    std::memcpy(&word, from, word_bytes);
    store_word(to, word);
  }
  if (bytes == 0) return;
  word = 0;
  std::memcpy(&word, from, bytes);
  store_word(to, word);
}

// Waiting for another thread's few instructions: spins, then lets others run (there may be fewer cores than threads).
class Backoff {
 public:
  [[gnu::cold, gnu::noinline]] void pause() noexcept {
    if (++turns_ % spins_before_yield == 0)
      std::this_thread::yield();
    else
      relax();
  }

 private:
  static constexpr unsigned spins_before_yield = 64;

  static void relax() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  unsigned turns_ = 0;
};

// A lock of one byte, for sections of a few instructions. Threads: any.
class SpinLock {
 public:
  void lock() noexcept {
    Backoff backoff;
    while (!try_lock()) backoff.pause();
  }
  bool try_lock() noexcept {
    return !locked_.load(std::memory_order_relaxed) && !locked_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

// A SpinLock held, except by who is alone anyway.
class LockUnless {
 public:
  LockUnless(bool alone, SpinLock& lock) noexcept : lock_(alone ? nullptr : &lock) {
    if (lock_ != nullptr) lock_->lock();
  }
  LockUnless(const LockUnless&) = delete;
  LockUnless& operator=(const LockUnless&) = delete;
  ~LockUnless() {
    if (lock_ != nullptr) lock_->unlock();
  }

 private:
  SpinLock* const lock_;
};

// compare_exchange_weak, with a plain load and store for who is alone. Both order what is before and after.
template <typename Atomic, typename T>
bool exchange_shared(bool alone, Atomic&& at, T& expected, T desired) noexcept {
  if (!alone) return at.compare_exchange_weak(expected, desired, std::memory_order_acq_rel, std::memory_order_acquire);
  const T present = at.load(std::memory_order_acquire);
  if (present == expected) {
    at.store(desired, std::memory_order_release);
    return true;
  }
  expected = present;
  return false;
}

}  // namespace laterbase::worktable
