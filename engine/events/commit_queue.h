#pragma once

#include <atomic>
#include <cstdint>

#include "engine/events/append.h"

// Batches waiting for a root's writer: many push, one takes all. Lock-free, no allocation: the requests are the nodes
// (Treiber 1986; turned round when taken).
namespace laterbase {

class CommitQueue {
 public:
  explicit CommitQueue(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // False where the queue is full. An empty queue takes a batch of any size.
  bool push(AppendRequest& request) noexcept {
    const std::uint64_t bytes = cost(request);
    const std::uint64_t waiting = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (waiting != 0 && waiting + bytes > max_bytes_) {
      bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    request.next_ = newest_.load(std::memory_order_relaxed);
    while (
        !newest_.compare_exchange_weak(request.next_, &request, std::memory_order_seq_cst, std::memory_order_relaxed)) {
    }
    return true;
  }

  // Everything, oldest first, linked; none where it is empty.
  AppendRequest* take_all() noexcept {
    AppendRequest* newest = newest_.exchange(nullptr, std::memory_order_seq_cst);
    AppendRequest* oldest = nullptr;
    while (newest) {
      AppendRequest* older = newest->next_;
      newest->next_ = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }
  static AppendRequest* next_of(const AppendRequest& request) noexcept { return request.next_; }

  // The request has left the writer.
  void done(std::uint64_t bytes) noexcept { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  static std::uint64_t cost(const AppendRequest& request) noexcept {
    return request.batch.payload.size() + request.batch.events.size() * sizeof(NewEvent) + sizeof request;
  }

  bool empty() const noexcept { return newest_.load(std::memory_order_seq_cst) == nullptr; }
  std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t max_bytes_;
  std::atomic<AppendRequest*> newest_{nullptr};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace laterbase
