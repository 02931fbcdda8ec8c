#include "engine/events/stored_root.h"

#include <algorithm>
#include <condition_variable>

namespace laterbase {
namespace {

// A request whose caller waits on it.
class WaitingRequest final : public AppendRequest {
 public:
  void completed() noexcept override {
    const std::lock_guard lock(mutex_);
    done_ = true;
    wake_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
};

LogLimits limits_of(const RootOptions& options) {
  return {options.max_future_ms, options.max_event_bytes, options.tail_bytes};
}

}  // namespace

StoredRoot::StoredRoot(RootParts parts, Workers& workers, Clock& clock) : parts_(std::move(parts)) {
  parts_.place.storage = parts_.storage.get();
  const auto open_log = [this, &clock, seeds = Random(parts_.seed)]() mutable {
    return std::make_shared<Log>(parts_.place, limits_of(parts_.options), clock, seeds());
  };
  const auto free_bytes = [this] { return parts_.place.disk->free_bytes(parts_.place.directory); };
  const auto on_publish = [this](Lc head) { tell_listeners(head); };
  writer_ = std::make_unique<Writer>(Writer::Parts{workers, clock, parts_.options, open_log, free_bytes, on_publish},
                                     counters_);
}

boost::system::result<void, AppendError> StoredRoot::submit(AppendRequest& request) {
  return writer_->submit(request, weak_from_this());
}

AppendResult StoredRoot::append(Batch batch) {
  WaitingRequest request;
  request.batch = std::move(batch);
  if (auto taken = submit(request); !taken) return taken.error();
  request.wait();
  return std::move(request.result);
}

Result<void> StoredRoot::remember(std::string name, std::string value) {
  return writer_->log()->remember(std::move(name), std::move(value));
}

std::vector<std::pair<std::string, std::string>> StoredRoot::notes(std::string_view prefix) {
  return writer_->log()->notes().list(prefix);
}

bool StoredRoot::checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change) {
  if (lc > head()) return false;
  if (lc > writer_->log()->in_tree()) writer_->flush();
  // The log may have been opened again in between, and be shorter.
  if (lc > writer_->log()->in_tree()) return false;
  parts_.storage->update(change);
  return true;
}

void StoredRoot::take_due() {
  constexpr std::size_t kEvents = 1000;
  for (;;) {
    Log::Due due = writer_->log()->due(kEvents);
    if (due.batch.events.empty() && !due.unsettled) return;
    if (!due.batch.events.empty() && !merge(std::move(due.batch))) return;
    writer_->flush();
  }
}

void StoredRoot::listen(LogListener& listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.push_back(&listener);
}

void StoredRoot::unlisten(LogListener& listener) noexcept {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener), listeners_.end());
}

void StoredRoot::tell_listeners(Lc head) {
  const std::lock_guard lock(listeners_mutex_);
  for (LogListener* listener : listeners_) listener->log_advanced(head);
}

RootInfo StoredRoot::info() {
  const auto log = writer_->log();
  const Log::Extent extent = log->extent();
  return {parts_.name,  parts_.place.node, log->epoch(),
          log->head(),  extent.events,     extent.aside,
          extent.first, extent.last,       parts_.storage->stats().bytes_on_disk + log->wal_bytes()};
}

std::string StoredRoot::health() {
  const std::string writing = writer_->health();
  return writing.empty() ? scrub_.damage() : writing;
}

void StoredRoot::scrub() {
  constexpr std::size_t kEvents = 1000;
  Snapshot now = snapshot();
  scrub_.step(now, kEvents);
}

void StoredRoot::backup(const std::function<void(BytesView)>& sink) {
  writer_->flush();
  parts_.storage->backup(sink);
}

}  // namespace laterbase
