#include "engine/base/workers.h"

#include <chrono>
#include <thread>

namespace laterbase {

Workers::~Workers() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  wake_.notify_all();
  gone_.wait(lock, [this] { return threads_ == 0; });
}

void Workers::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  if (idle_ >= jobs_.size()) {
    wake_.notify_one();
  } else if (threads_ < max_threads_) {
    ++threads_;
    std::thread([this] { work(); }).detach();
  }
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (jobs_.empty()) {
      if (closing_) break;
      ++idle_;
      const bool woken =
          wake_.wait_for(lock, std::chrono::seconds(kIdleSeconds), [this] { return closing_ || !jobs_.empty(); });
      --idle_;
      if (!woken) break;
      continue;
    }
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes before the lock is taken
    lock.lock();
  }
  --threads_;
  if (threads_ == 0) gone_.notify_all();
}

}  // namespace laterbase
