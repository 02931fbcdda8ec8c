#include <absl/container/btree_map.h>
#include <algorithm>

#include "engine/base/invariant.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/partitions.h"
#include "engine/ivm/rows_io.h"
#include "engine/ivm/window_calls.h"

namespace laterbase::ivm {
namespace {

// A partition: its rows in order, and what they showed after the last step.
using ShownRows = std::vector<RowView, PoolAllocator<RowView>>;

struct Windowed {
  using Rows = absl::btree_map<OrderedEntry, std::int64_t, EntryBefore,
                               PoolAllocator<std::pair<const OrderedEntry, std::int64_t>>>;
  Windowed(const RowOrder& order, RowPool& pool)
      : rows(EntryBefore{&order}, Rows::allocator_type(pool)), shown(ShownRows::allocator_type(pool)) {}

  Rows rows;
  ShownRows shown;
  bool touched = false;
};

// Computes each partition that a step touches anew; the others cost nothing.
class WindowOperator final : public Operator {
 public:
  WindowOperator(const Window& window, const Schema& input, Memory memory)
      : order_(window.order, input), pool_(memory), partitions_(window.partition, input, memory) {
    for (const Column& column : input) fixed_.push_back(is_fixed_width(column.type.kind));
    for (const WindowCall& call : window.calls) calls_.push_back(compile_window(call, window.order, input));
  }

  void begin_step() override { pool_.release(); }
  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) {
      apply(change.row, change.weight);
      applied_.push_back(change);
    }
    for (Touched& touched : touched_) show(touched, out);
    out.consolidate();
  }
  void commit() noexcept override {
    for (const Touched& touched : touched_) {
      for (const RowView row : touched.shown_before) pool_.drop(row);
    }
    end_step();
  }
  void rollback() override {
    for (auto change = applied_.rbegin(); change != applied_.rend(); ++change) apply(change->row, -change->weight);
    for (Touched& touched : touched_) {
      if (!touched.is_shown) continue;
      for (const RowView row : touched.partition->shown) pool_.drop(row);
      touched.partition->shown = std::move(touched.shown_before);
    }
    end_step();
  }
  StateSize size() const override {
    StateSize size{0, partitions_.bytes() + pool_.bytes()};
    partitions_.for_each([&](const Windowed& partition) { size.rows += partition.rows.size(); });
    return size;
  }
  void save(std::string& to) const override {
    partitions_.for_each([&](const Windowed& partition) {
      for (const auto& [entry, weight] : partition.rows) {
        put_row(to, entry.row);
        put(to, weight);
      }
    });
  }
  void load(std::string_view from) override {
    RowReader reader;
    while (!from.empty()) {
      const RowView row = reader.take(from);
      apply(row, take<std::int64_t>(from));
    }
    Batch nobody;
    for (Touched& touched : touched_) show(touched, nobody);
    end_step();
  }

 private:
  struct Touched {
    Windowed* partition;
    RowView some_row;
    ShownRows shown_before;
    bool is_shown = false;  // anew
  };

  void apply(RowView row, std::int64_t weight) {
    Windowed& partition = partitions_.find_or_add(row, [&](char* at) { return new (at) Windowed{order_, pool_}; });
    const OrderedEntry entry{order_.prefix(row), row};
    auto place = partition.rows.lower_bound(entry);
    if (place == partition.rows.end() || partition.rows.key_comp()(entry, place->first)) {
      place = partition.rows.emplace_hint(place, OrderedEntry{entry.prefix, pool_.keep(row)}, 0);
    }
    const RowView kept = place->first.row;
    if (!partition.touched) {
      partition.touched = true;
      touched_.push_back({&partition, kept, ShownRows(ShownRows::allocator_type(pool_))});
    }
    if ((place->second += weight) != 0) return;
    partition.rows.erase(place);
    pool_.drop(kept);
  }

  void show(Touched& touched, Batch& out) {
    ShownRows shown = compute(*touched.partition);
    for (const RowView row : touched.partition->shown) out.refer(row, -1);
    for (const RowView row : shown) out.refer(row, 1);
    touched.shown_before = std::exchange(touched.partition->shown, std::move(shown));
    touched.is_shown = true;
  }

  ShownRows compute(const Windowed& partition) {
    ShownRows shown(ShownRows::allocator_type{pool_});
    std::vector<RowView> ordered;
    for (const auto& [entry, weight] : partition.rows) {
      ordered.insert(ordered.end(), static_cast<std::size_t>(std::max<std::int64_t>(weight, 0)), entry.row);
    }
    if (ordered.empty()) return shown;
    const PartitionRows rows = partition_rows(std::move(ordered), order_);
    std::vector<std::vector<Value>> values(calls_.size(), std::vector<Value>(rows.rows.size()));
    for (std::size_t call = 0; call < calls_.size(); ++call) calls_[call]->compute(rows, values[call]);
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      builder_.begin(fixed_.size() + calls_.size());
      for (std::size_t column = 0; column < fixed_.size(); ++column) {
        builder_.copy(column, rows.rows[i], column, fixed_[column]);
      }
      for (std::size_t call = 0; call < calls_.size(); ++call) builder_.value(fixed_.size() + call, values[call][i]);
      shown.push_back(pool_.keep(builder_.finish()));
    }
    return shown;
  }

  void end_step() {
    for (Touched& touched : touched_) touched.partition->touched = false;
    for (const Touched& touched : touched_) {
      partitions_.erase_if(touched.some_row, [](const Windowed& partition) { return partition.rows.empty(); });
    }
    touched_.clear();
    applied_.clear();
  }

  RowOrder order_;
  RowPool pool_;  // of rows, of what orders them and of what is shown
  Partitions<Windowed> partitions_;
  std::vector<bool> fixed_;
  std::vector<std::unique_ptr<WindowCompute>> calls_;
  RowBuilder builder_;
  std::vector<Touched> touched_;
  std::vector<Change> applied_;
};

}  // namespace

OperatorPtr make_window(const Window& window, const Schema& input, Memory memory) {
  return std::make_unique<WindowOperator>(window, input, memory);
}

}  // namespace laterbase::ivm
