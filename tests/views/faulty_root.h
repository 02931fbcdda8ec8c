#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/events/root.h"
#include "engine/storage/faults.h"

// Roots that fail.
namespace laterbase::views::tests {

// A transaction whose operations fail as the plan says.
class FaultyTxn final : public WriteTxn {
 public:
  FaultyTxn(WriteTxn& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  std::optional<BytesView> get(TableId table, BytesView key) override { return step("get"), inner_.get(table, key); }
  std::unique_ptr<Cursor> cursor(TableId table) override { return step("cursor"), inner_.cursor(table); }
  std::uint64_t count(TableId table) override { return step("count"), inner_.count(table); }
  void put(TableId table, BytesView key, BytesView value) override { step("put"), inner_.put(table, key, value); }
  bool insert(TableId table, BytesView key, BytesView value) override {
    return step("insert"), inner_.insert(table, key, value);
  }
  void append(TableId table, BytesView key, BytesView value) override {
    step("append"), inner_.append(table, key, value);
  }
  bool erase(TableId table, BytesView key) override { return step("erase"), inner_.erase(table, key); }

 private:
  void step(const char* operation) { plan_.step(operation); }
  WriteTxn& inner_;
  FaultPlan& plan_;
};

// A root whose checkpoints fail as the plan says: within, before the commit, or behind it, when it has happened. Reads
// of its log fail by a plan of their own; and it may find itself with another log.
class FaultyRoot final : public Root {
 public:
  explicit FaultyRoot(std::shared_ptr<Root> inner) : inner_(std::move(inner)) {}
  FaultPlan& plan() noexcept { return plan_; }
  FaultPlan& reads() noexcept { return reads_; }

  // From now on it is that one, as if it had been opened again.
  void become(std::shared_ptr<Root> other) {
    for (LogListener* listener : listeners_) inner()->unlisten(*listener);
    {
      const std::lock_guard lock(mutex_);
      others_.push_back(std::exchange(inner_, std::move(other)));
    }
    for (LogListener* listener : listeners_) inner()->listen(*listener);
  }

  bool checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change) override {
    const bool done = inner()->checkpoint(lc, [&](WriteTxn& txn) {
      FaultyTxn faulty(txn, plan_);
      change(faulty);
      plan_.step("commit");
    });
    plan_.step("committed");
    return done;
  }

  const std::string& name() const noexcept override { return inner()->name(); }
  Ulid epoch() const noexcept override { return inner()->epoch(); }
  Lc head() const noexcept override { return inner()->head(); }
  boost::system::result<void, AppendError> submit(AppendRequest& request) override { return inner()->submit(request); }
  AppendResult append(Batch batch) override { return inner()->append(std::move(batch)); }
  Snapshot snapshot() override { return reads_.step("read"), inner()->snapshot(); }
  void begin_new_epoch() override { inner()->begin_new_epoch(); }
  Result<void> remember(std::string name, std::string value) override {
    return inner()->remember(std::move(name), std::move(value));
  }
  void forget(const std::string& name) override { inner()->forget(name); }
  std::optional<std::string> recall(const std::string& name) override { return inner()->recall(name); }
  std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) override {
    return inner()->notes(prefix);
  }
  void read_tables(const std::function<void(ReadTxn&)>& read) override {
    reads_.step("read");
    inner()->read_tables(read);
  }
  void listen(LogListener& listener) override {
    listeners_.push_back(&listener);
    inner()->listen(listener);
  }
  void unlisten(LogListener& listener) noexcept override {
    std::erase(listeners_, &listener);
    inner()->unlisten(listener);
  }
  RootInfo info() override { return inner()->info(); }
  const RootCounters& counters() const noexcept override { return inner()->counters(); }
  std::string health() override { return inner()->health(); }
  void backup(const std::function<void(BytesView)>& sink) override { inner()->backup(sink); }

 private:
  std::shared_ptr<Root> inner() const {
    const std::lock_guard lock(mutex_);
    return inner_;
  }

  mutable std::mutex mutex_;  // guards the next two
  std::shared_ptr<Root> inner_;
  std::vector<std::shared_ptr<Root>> others_;
  std::vector<LogListener*> listeners_;
  FaultPlan plan_, reads_;
};

}  // namespace laterbase::views::tests
