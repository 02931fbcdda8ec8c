#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

// Threads for work that blocks on the disk, made on demand and gone when idle: a node with a thousand sleeping roots
// has none.
//
// Promises: jobs start in the order in which they came; as many run at once as `max_threads`.
// Threads: run() from any. Lifetime: the destructor waits for the jobs that were taken.
namespace laterbase {

class Workers {
 public:
  explicit Workers(std::size_t max_threads) : max_threads_(max_threads) {}
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // A job may not throw.
  void run(std::function<void()> job);

 private:
  void work();

  static constexpr int kIdleSeconds = 5;
  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_, gone_;
  std::deque<std::function<void()>> jobs_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace laterbase
