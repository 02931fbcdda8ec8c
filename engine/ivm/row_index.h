#pragma once

#include <absl/container/btree_set.h>

#include <functional>
#include <vector>

#include "engine/ivm/circuit.h"
#include "engine/ivm/row_order.h"
#include "engine/ivm/row_pool.h"

// Rows in an order, so that a range of them is found without a look at the others. The rows lie elsewhere, each once.
// Threads: one at a time; while nobody inserts or erases, any number may read. Lifetime: its pool's, and its rows'.
// Cost: some 20 bytes a row; to insert and erase what a B-tree costs, to read what is visited.
namespace laterbase::ivm {

class RowIndex {
 public:
  RowIndex(std::vector<Order> order, const Schema& schema, RowPool& pool)
      : columns_(std::move(order)),
        order_(columns_, schema),
        rows_(Before{&order_}, PoolAllocator<OrderedEntry>(pool)) {}
  RowIndex(const RowIndex&) = delete;
  RowIndex& operator=(const RowIndex&) = delete;

  const std::vector<Order>& order() const noexcept { return columns_; }

  void insert(RowView row) { rows_.insert({order_.prefix(row), row}); }
  void insert_all(const std::vector<RowView>& rows);  // into an empty one: sorts them first
  void erase(RowView row) { rows_.erase({order_.prefix(row), row}); }

  // The rows of a range in order, or from its end, until `visit` says false.
  void read(const Range& range, bool backwards, const std::function<bool(RowView)>& visit) const;

 private:
  // Where a range begins or ends: before or after all rows that have these values.
  struct Cut {
    const std::vector<Value>& values;
    bool after;
  };
  struct Before {
    using is_transparent = void;
    const RowOrder* order;

    bool operator()(const OrderedEntry& left, const OrderedEntry& right) const noexcept {
      return EntryBefore{order}(left, right);
    }
    bool operator()(const OrderedEntry& entry, const Cut& cut) const noexcept {
      const auto place = order->compare_values(entry.row, cut.values);
      return place < 0 || (place == 0 && cut.after);
    }
    bool operator()(const Cut& cut, const OrderedEntry& entry) const noexcept { return !(*this)(entry, cut); }
  };

  std::vector<Order> columns_;
  RowOrder order_;
  absl::btree_set<OrderedEntry, Before, PoolAllocator<OrderedEntry>> rows_;
};

}  // namespace laterbase::ivm
