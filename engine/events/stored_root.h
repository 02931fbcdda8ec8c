#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/workers.h"
#include "engine/events/log.h"
#include "engine/events/root.h"
#include "engine/events/scrub.h"
#include "engine/events/writer.h"
#include "engine/storage/disk.h"

namespace laterbase {

// What a root is made of; Roots puts it together.
struct RootParts {
  std::string name;
  std::unique_ptr<Storage> storage;
  LogPlace place;  // its storage is the one above
  RootOptions options;
  std::uint64_t seed = 0;
};

// A Root over a Log and a Writer. Threads, Errors: root.h.
class StoredRoot final : public Root, public std::enable_shared_from_this<StoredRoot> {
 public:
  StoredRoot(RootParts parts, Workers& workers, Clock& clock);

  const std::string& name() const noexcept override { return parts_.name; }
  Ulid epoch() const noexcept override { return writer_->log()->epoch(); }
  Lc head() const noexcept override { return writer_->log()->head(); }
  boost::system::result<void, AppendError> submit(AppendRequest& request) override;
  AppendResult append(Batch batch) override;
  Snapshot snapshot() override { return writer_->log()->snapshot(); }
  void begin_new_epoch() override { writer_->begin_new_epoch(); }
  Result<void> remember(std::string name, std::string value) override;
  void forget(const std::string& name) override { writer_->log()->forget(name); }
  std::optional<std::string> recall(const std::string& name) override { return writer_->log()->notes().recall(name); }
  std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) override;
  bool checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change) override;
  void read_tables(const std::function<void(ReadTxn&)>& read) override { read(*parts_.storage->read()); }
  void listen(LogListener& listener) override;
  void unlisten(LogListener& listener) noexcept override;
  RootInfo info() override;
  const RootCounters& counters() const noexcept override { return counters_; }
  std::string health() override;
  void backup(const std::function<void(BytesView)>& sink) override;

  StorageStats storage_stats() { return parts_.storage->stats(); }
  // Checks the next part of what is stored, a millisecond or so of it.
  void scrub();
  // Brings what waited into the map once it is due. One call at a time. Throws Failure.
  void take_due();
  bool recovered() const { return writer_->log()->recovered(); }
  // Writes everything to the tree and ends cleanly. Throws Failure where that is not to be had.
  void close() { writer_->close(); }
  // Ends without keeping anything, for a replica that is dropped.
  void abandon() { writer_->abandon(); }

 private:
  void tell_listeners(Lc head);

  RootParts parts_;
  RootCounters counters_;
  Scrub scrub_;
  std::mutex listeners_mutex_;
  std::vector<LogListener*> listeners_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace laterbase
