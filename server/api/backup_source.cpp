#include "server/api/backup_source.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace laterbase::api {
namespace {

constexpr int most_backups = 2;
constexpr std::size_t most_ahead_bytes = 1 << 20;

class BackupSource : public http::WaitingSource {
 public:
  BackupSource(Services& services, std::shared_ptr<Root> root) : services_(services), root_(std::move(root)) {
    thread_ = std::thread([this] { produce(); });
  }

  ~BackupSource() override {
    {
      const std::lock_guard lock(mutex_);
      unwanted_ = true;
    }
    room_.notify_all();
    thread_.join();
    services_.backups.fetch_sub(1);
  }

  Step fill(std::string& out) override {
    const std::lock_guard lock(mutex_);
    if (trouble_) std::rethrow_exception(trouble_);
    const std::size_t size = std::min(ahead_.size(), part_bytes);
    out.append(ahead_, 0, size);
    ahead_.erase(0, size);
    room_.notify_all();
    if (!ahead_.empty()) return Step::more;
    return ended_ ? Step::end : Step::wait;
  }

  void attach(http::Wakeup& wakeup) override {
    const std::lock_guard lock(mutex_);
    wakeup_ = &wakeup;
  }
  void detach() noexcept override {
    const std::lock_guard lock(mutex_);
    wakeup_ = nullptr;
  }
  bool ready() override {
    const std::lock_guard lock(mutex_);
    return !ahead_.empty() || ended_ || trouble_;
  }

 private:
  void produce() noexcept {
    std::exception_ptr trouble;
    try {
      root_->backup([this](BytesView bytes) { put(bytes); });
    } catch (...) {
      trouble = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    trouble_ = trouble;
    ended_ = true;
    if (wakeup_ != nullptr) wakeup_->wake();
  }

  void put(BytesView bytes) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return ahead_.size() < most_ahead_bytes || unwanted_; });
    if (unwanted_) throw std::runtime_error("the client has gone");
    ahead_.append(bytes);
    if (wakeup_ != nullptr) wakeup_->wake();
  }

  Services& services_;
  std::shared_ptr<Root> root_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::string ahead_;
  http::Wakeup* wakeup_ = nullptr;
  std::exception_ptr trouble_;
  bool ended_ = false;
  bool unwanted_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<http::WaitingSource> make_backup_source(Services& services, std::shared_ptr<Root> root) {
  if (services.backups.fetch_add(1) >= most_backups) {
    services.backups.fetch_sub(1);
    return nullptr;
  }
  return std::make_unique<BackupSource>(services, std::move(root));
}

}  // namespace laterbase::api
