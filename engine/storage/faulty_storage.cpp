#include <utility>

#include "engine/base/random.h"
#include "engine/storage/faults.h"

namespace laterbase {
namespace {

class FaultyCursor : public Cursor {
 public:
  FaultyCursor(std::unique_ptr<Cursor> inner, FaultPlan& plan) : inner_(std::move(inner)), plan_(plan) {}

  bool first() override { return stepped().first(); }
  bool last() override { return stepped().last(); }
  bool seek(BytesView at_or_after) override { return stepped().seek(at_or_after); }
  bool next() override { return stepped().next(); }
  bool prev() override { return stepped().prev(); }
  BytesView key() const override { return inner_->key(); }
  BytesView value() const override { return inner_->value(); }

 private:
  Cursor& stepped() {
    plan_.step("moving a cursor");
    return *inner_;
  }

  std::unique_ptr<Cursor> inner_;
  FaultPlan& plan_;
};

class FaultyReadTxn : public ReadTxn {
 public:
  FaultyReadTxn(std::unique_ptr<ReadTxn> inner, FaultPlan& plan) : inner_(std::move(inner)), plan_(plan) {}

  std::optional<BytesView> get(TableId table, BytesView key) override {
    plan_.step("reading");
    return inner_->get(table, key);
  }
  std::unique_ptr<Cursor> cursor(TableId table) override {
    plan_.step("opening a cursor");
    return std::make_unique<FaultyCursor>(inner_->cursor(table), plan_);
  }
  std::uint64_t count(TableId table) override {
    plan_.step("counting");
    return inner_->count(table);
  }

 private:
  std::unique_ptr<ReadTxn> inner_;
  FaultPlan& plan_;
};

// A write that fails leaves the transaction fit only to be aborted, as in LMDB: so does this one.
class FaultyWriteTxn : public WriteTxn {
 public:
  FaultyWriteTxn(WriteTxn& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  std::optional<BytesView> get(TableId table, BytesView key) override {
    step("reading");
    return inner_.get(table, key);
  }
  std::unique_ptr<Cursor> cursor(TableId table) override {
    step("opening a cursor");
    return std::make_unique<FaultyCursor>(inner_.cursor(table), plan_);
  }
  std::uint64_t count(TableId table) override {
    step("counting");
    return inner_.count(table);
  }
  void put(TableId table, BytesView key, BytesView value) override {
    step("putting");
    inner_.put(table, key, value);
  }
  bool insert(TableId table, BytesView key, BytesView value) override {
    step("inserting");
    return inner_.insert(table, key, value);
  }
  void append(TableId table, BytesView key, BytesView value) override {
    step("appending");
    inner_.append(table, key, value);
  }
  bool erase(TableId table, BytesView key) override {
    step("erasing");
    return inner_.erase(table, key);
  }

  // To be called before the commit: a caller may have swallowed what was thrown.
  void require_sound() const {
    if (failed_) throw Failure(FailureCode::io, "a transaction went on after one of its operations had failed");
  }

 private:
  void step(const char* operation) {
    try {
      plan_.step(operation);
    } catch (const Failure&) {
      failed_ = true;
      throw;
    }
  }

  WriteTxn& inner_;
  FaultPlan& plan_;
  bool failed_ = false;
};

class FaultyStorage : public Storage {
 public:
  FaultyStorage(std::unique_ptr<Storage> inner, FaultPlan& plan, std::uint64_t seed)
      : inner_(std::move(inner)), plan_(plan), random_(seed) {}

  std::unique_ptr<ReadTxn> read() override {
    plan_.step("beginning to read");
    return std::make_unique<FaultyReadTxn>(inner_->read(), plan_);
  }

  // A commit that fails for want of room has not happened. Of one that fails otherwise nobody knows: half of them have.
  void update(const Change& change) override {
    plan_.step("beginning to write");
    std::optional<Failure> after_commit;
    inner_->update([&](WriteTxn& inner) {
      FaultyWriteTxn txn(inner, plan_);
      change(txn);
      txn.require_sound();
      after_commit = fail_commit();
    });
    if (after_commit) throw Failure(*after_commit);
  }

  void backup(const Sink& sink) override {
    plan_.step("beginning a backup");
    inner_->backup([&](BytesView bytes) {
      plan_.step("copying");
      sink(bytes);
    });
  }

  StorageStats stats() override { return inner_->stats(); }

 private:
  // Throws before the commit, or gives what is to be thrown after it.
  std::optional<Failure> fail_commit() {
    try {
      plan_.step("committing");
      return std::nullopt;
    } catch (const Failure& failure) {
      if (failure.code() != FailureCode::io || random_.one_in(2)) throw;
      return failure;
    }
  }

  std::unique_ptr<Storage> inner_;
  FaultPlan& plan_;
  Random random_;  // the writer's, and there is one at a time
};

}  // namespace

std::unique_ptr<Storage> with_faults(std::unique_ptr<Storage> inner, FaultPlan& plan, std::uint64_t seed) {
  return std::make_unique<FaultyStorage>(std::move(inner), plan, seed);
}

}  // namespace laterbase
