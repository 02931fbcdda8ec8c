#include <absl/container/btree_map.h>
#include <algorithm>

#include <array>
#include <limits>

#include "engine/base/invariant.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/partitions.h"
#include "engine/ivm/row_order.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

using OrderedRows = absl::btree_map<OrderedEntry, std::int64_t, EntryBefore,
                                    PoolAllocator<std::pair<const OrderedEntry, std::int64_t>>>;

// The rows of a partition in order, cut in three: those that OFFSET skips, those shown, and the rest. A row of weight
// 2 may lie on both sides of a cut.
struct Ranked {
  enum Part : std::size_t { skipped, shown, rest };

  Ranked(const RowOrder& order, RowPool& pool) : parts{rows(order, pool), rows(order, pool), rows(order, pool)} {}
  static OrderedRows rows(const RowOrder& order, RowPool& pool) {
    return OrderedRows(EntryBefore{&order}, OrderedRows::allocator_type(pool));
  }

  std::array<OrderedRows, 3> parts;
  std::array<std::uint64_t, 3> weights{};
  bool is_empty() const noexcept { return weights[skipped] + weights[shown] + weights[rest] == 0; }

  bool touched = false;
  RowView some_row;  // of the step under way: names the partition
};

class TopKOperator final : public Operator {
 public:
  TopKOperator(const TopK& top_k, const Schema& schema, Memory memory)
      : order_(top_k.order, schema),
        pool_(memory),
        partitions_(top_k.partition, schema, memory),
        room_{top_k.offset, top_k.limit.value_or(std::numeric_limits<std::uint64_t>::max())} {}

  void begin_step() override { pool_.release(); }
  void step(Inputs inputs, Batch& out) override {
    changes_.clear();
    for (const Change& change : *inputs[0]) changes_.refer(change.row, change.weight);
    changes_.consolidate();
    for (const Change& change : changes_) {
      apply(change, &out);
      ++applied_;
    }
    balance_touched(&out);
    out.cancel_out();
  }
  void commit() noexcept override {
    applied_ = 0;
    erase_empty();
  }
  void rollback() override {
    for (; applied_ > 0; --applied_) {
      const Change& change = changes_[applied_ - 1];
      apply({change.row, -change.weight}, nullptr);
    }
    balance_touched(nullptr);
    erase_empty();
  }
  StateSize size() const override {
    StateSize size{0, partitions_.bytes() + pool_.bytes()};
    partitions_.for_each([&](const Ranked& ranked) {
      for (const OrderedRows& part : ranked.parts) size.rows += part.size();
    });
    return size;
  }
  void save(std::string& to) const override;
  void load(std::string_view from) override;

 private:
  void apply(Change change, Batch* out);
  void insert(Ranked& ranked, RowView row, std::uint64_t weight, Batch* out);
  void remove(Ranked& ranked, RowView row, std::uint64_t weight, Batch* out);
  void balance_touched(Batch* out);
  void balance(Ranked& ranked, Batch* out);
  void move_last(Ranked& ranked, std::size_t from, Batch* out);
  bool move_first(Ranked& ranked, std::size_t to, Batch* out);
  void change_part(Ranked& ranked, std::size_t part, OrderedEntry entry, std::int64_t by, Batch* out);
  void erase_empty();

  RowOrder order_;
  RowPool pool_;  // of rows and of what orders them
  Partitions<Ranked> partitions_;
  std::array<std::uint64_t, 2> room_;  // of skipped and shown
  Batch changes_;
  std::size_t applied_ = 0;
  std::vector<Ranked*> touched_;
  std::vector<RowView> emptied_;  // rows that name partitions in which nothing is left
};

void TopKOperator::apply(Change change, Batch* out) {
  Ranked& ranked = partitions_.find_or_add(change.row, [&](char* at) { return new (at) Ranked{order_, pool_}; });
  if (!ranked.touched) {
    ranked.touched = true;
    ranked.some_row = change.row;
    touched_.push_back(&ranked);
  }
  if (change.weight > 0) {
    insert(ranked, change.row, static_cast<std::uint64_t>(change.weight), out);
  } else {
    remove(ranked, change.row, static_cast<std::uint64_t>(-change.weight), out);
  }
}

// Into the first part that reaches beyond it; cuts are put right when the batch is in.
void TopKOperator::insert(Ranked& ranked, RowView row, std::uint64_t weight, Batch* out) {
  const OrderedEntry entry{order_.prefix(row), row};
  std::size_t part = 0;
  while (part < Ranked::rest) {
    const OrderedRows& rows = ranked.parts[part];
    if (!rows.empty() && !rows.key_comp()(rows.rbegin()->first, entry)) break;
    ++part;
  }
  change_part(ranked, part, entry, static_cast<std::int64_t>(weight), out);
}

void TopKOperator::remove(Ranked& ranked, RowView row, std::uint64_t weight, Batch* out) {
  const OrderedEntry entry{order_.prefix(row), row};
  for (std::size_t part = Ranked::rest + 1; part-- > 0 && weight > 0;) {
    const auto place = ranked.parts[part].find(entry);
    if (place == ranked.parts[part].end()) continue;
    const auto taken = std::min(weight, static_cast<std::uint64_t>(place->second));
    change_part(ranked, part, place->first, -static_cast<std::int64_t>(taken), out);
    weight -= taken;
  }
  LATERBASE_INVARIANT(weight == 0, "a row is taken away that was never there");
}

// Every change of a part; those of what is shown are the operator's changes.
void TopKOperator::change_part(Ranked& ranked, std::size_t part, OrderedEntry entry, std::int64_t by, Batch* out) {
  OrderedRows& rows = ranked.parts[part];
  ranked.weights[part] += static_cast<std::uint64_t>(by);
  auto place = rows.lower_bound(entry);
  if (place == rows.end() || rows.key_comp()(entry, place->first)) {
    entry.row = pool_.keep(entry.row);
    place = rows.emplace_hint(place, entry, 0);
  }
  const RowView kept = place->first.row;
  if (part == Ranked::shown && out != nullptr) out->refer(kept, by);
  if ((place->second += by) != 0) return;
  rows.erase(place);
  pool_.drop(kept);
}

void TopKOperator::balance_touched(Batch* out) {
  for (Ranked* ranked : touched_) {
    balance(*ranked, out);
    ranked->touched = false;
    if (ranked->is_empty()) emptied_.push_back(ranked->some_row);
  }
  touched_.clear();
}

void TopKOperator::balance(Ranked& ranked, Batch* out) {
  for (std::size_t part = 0; part < room_.size(); ++part) {
    while (ranked.weights[part] > room_[part]) move_last(ranked, part, out);
    while (ranked.weights[part] < room_[part] && move_first(ranked, part, out)) {
    }
  }
}

// What is too much of a part's last row goes to the next part.
void TopKOperator::move_last(Ranked& ranked, std::size_t from, Batch* out) {
  const auto [entry, weight] = *ranked.parts[from].rbegin();
  const auto moved = std::min(ranked.weights[from] - room_[from], static_cast<std::uint64_t>(weight));
  change_part(ranked, from + 1, entry, static_cast<std::int64_t>(moved), out);
  change_part(ranked, from, entry, -static_cast<std::int64_t>(moved), out);
}

// And what is missing comes from the next part that has any.
bool TopKOperator::move_first(Ranked& ranked, std::size_t to, Batch* out) {
  std::size_t from = to + 1;
  while (from <= Ranked::rest && ranked.parts[from].empty()) ++from;
  if (from > Ranked::rest) return false;
  const auto [entry, weight] = *ranked.parts[from].begin();
  const auto moved = std::min(room_[to] - ranked.weights[to], static_cast<std::uint64_t>(weight));
  change_part(ranked, to, entry, static_cast<std::int64_t>(moved), out);
  change_part(ranked, from, entry, -static_cast<std::int64_t>(moved), out);
  return true;
}

void TopKOperator::erase_empty() {
  for (const RowView row : emptied_) partitions_.erase_if(row, [](const Ranked& ranked) { return ranked.is_empty(); });
  emptied_.clear();
}

void TopKOperator::save(std::string& to) const {
  partitions_.for_each([&](const Ranked& ranked) {
    for (const OrderedRows& part : ranked.parts) {
      for (const auto& [entry, weight] : part) {
        put_row(to, entry.row);
        put(to, weight);
      }
    }
  });
}

void TopKOperator::load(std::string_view from) {
  RowReader reader;
  while (!from.empty()) {
    const RowView row = reader.take(from);
    apply({row, take<std::int64_t>(from)}, nullptr);
    balance_touched(nullptr);
  }
}

}  // namespace

OperatorPtr make_top_k(const TopK& top_k, const Schema& schema, Memory memory) {
  return std::make_unique<TopKOperator>(top_k, schema, memory);
}

}  // namespace laterbase::ivm
