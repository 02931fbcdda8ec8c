#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ivm/row_index.h"

// A table's rows in the orders that somebody has asked for: sorted at first use, kept up from then on.
//
// Threads: in() any, beside each other; all else alone. Lifetime: of an index until the next keep_only() or change.
// Errors: none: an order that there is no room for is not there, and is tried again when it is asked for again.
namespace laterbase::triples {

// Where they lie, for all tables that share that memory. What takes its memory anew is one at a time.
struct OrdersOptions {
  ivm::Memory memory = {};
  std::shared_ptr<std::mutex> alone = std::make_shared<std::mutex>();
};

class RowOrders {
 public:
  using Order = std::vector<ivm::Order>;
  using Scan = std::function<void(const std::function<void(ivm::RowView)>&)>;

  RowOrders(const ivm::Schema& schema, OrdersOptions options) : schema_(schema), options_(std::move(options)) {}

  // Of the rows of `scan`, where it is not there yet; null where there is no room for it.
  const ivm::RowIndex* in(const Order& order, const Scan& scan) const;
  void insert(ivm::RowView row);
  void erase(ivm::RowView row) noexcept;
  // Others are let go.
  void keep_only(const std::vector<Order>& orders);

  std::size_t size() const noexcept { return all_.size(); }

 private:
  struct One {
    One(const Order& order, const ivm::Schema& schema, ivm::Memory memory) : pool(memory), index(order, schema, pool) {}
    ivm::RowPool pool;
    ivm::RowIndex index;
  };

  const ivm::Schema& schema_;
  const OrdersOptions options_;
  mutable std::vector<std::unique_ptr<One>> all_;  // under options_.alone
};

}  // namespace laterbase::triples
