#include <algorithm>

#include "engine/ivm/key_maker.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/row_pool.h"
#include "engine/ivm/row_table.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

// How often each side has a row.
struct Counts {
  std::int64_t left = 0;
  std::int64_t right = 0;
};

// INTERSECT and EXCEPT: a row's weight is a function of its two counts.
class SetOperationOperator final : public Operator {
 public:
  SetOperationOperator(const SetOperation& operation, const Schema& schema, Memory memory)
      : is_intersect_(operation.kind == SetKind::intersect), all_(operation.all), table_(memory), pool_(memory) {
    for (std::size_t i = 0; i < schema.size(); ++i) keys_.add(column(i, schema[i].type), true);
  }

  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) add(change.row, {change.weight, 0}, out);
    for (const Change& change : *inputs[1]) add(change.row, {0, change.weight}, out);
    out.cancel_out();
  }

  void begin_step() override { pool_.release(); }
  void commit() noexcept override { log_.clear(); }
  void rollback() override {
    for (auto logged = log_.rbegin(); logged != log_.rend(); ++logged) {
      apply(logged->row, {-logged->by.left, -logged->by.right});
    }
    log_.clear();
  }
  StateSize size() const override { return {table_.size(), table_.bytes() + pool_.bytes()}; }
  void save(std::string& to) const override {
    put(to, std::uint64_t{table_.size()});
    table_.for_each([&](const auto& slot) {
      put_row(to, slot.row);
      put(to, slot.payload);
    });
  }
  void load(std::string_view from) override {
    RowReader reader;
    for (auto left = take<std::uint64_t>(from); left > 0; --left) {
      const RowView row = reader.take(from);
      apply(row, take<Counts>(from));
    }
  }

 private:
  struct Applied {
    RowView row;  // as it is kept
    Counts before, after;
  };
  struct Logged {
    RowView row;
    Counts by;
  };

  void add(RowView row, Counts by, Batch& out) {
    RowView key;
    keys_.make(row, key);
    const Applied applied = apply(key, by);
    log_.push_back({applied.row, by});
    const std::int64_t change = weight_of(applied.after) - weight_of(applied.before);
    if (change != 0) out.refer(applied.row, change);
  }

  Applied apply(RowView row, Counts by) {
    bool is_new = false;
    auto& slot = table_.find_or_add(row, is_new);
    if (is_new) slot.row = pool_.keep(row);
    const Counts before = slot.payload;
    const Counts after{before.left + by.left, before.right + by.right};
    const RowView kept = slot.row;
    slot.payload = after;
    if (after.left == 0 && after.right == 0) {
      pool_.drop(kept);
      table_.erase(slot);
    }
    return {kept, before, after};
  }

  std::int64_t weight_of(Counts counts) const noexcept {
    if (all_)
      return is_intersect_ ? std::min(counts.left, counts.right)
                           : std::max<std::int64_t>(counts.left - counts.right, 0);
    return counts.left > 0 && (counts.right > 0) == is_intersect_ ? 1 : 0;
  }

  bool is_intersect_;
  bool all_;
  KeyMaker keys_;
  RowTable<Counts> table_;
  RowPool pool_;
  std::vector<Logged> log_;
};

}  // namespace

OperatorPtr make_set_operation(const SetOperation& operation, const Schema& schema, Memory memory) {
  return std::make_unique<SetOperationOperator>(operation, schema, memory);
}

}  // namespace laterbase::ivm
