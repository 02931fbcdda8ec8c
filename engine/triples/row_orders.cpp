#include "engine/triples/row_orders.h"

#include <algorithm>
#include <new>

namespace laterbase::triples {
namespace {

// False where there is no room.
template <typename Work>
bool has_room_for(Work work) {
  try {
    work();
    return true;
  } catch (const Failure&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

const ivm::RowIndex* RowOrders::in(const Order& order, const Scan& scan) const {
  const std::lock_guard lock(*options_.alone);
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one->index.order() == order; });
  if (found != all_.end()) return &(*found)->index;
  const ivm::RowIndex* made = nullptr;
  has_room_for([&] {
    std::vector<ivm::RowView> rows;
    scan([&](ivm::RowView row) { rows.push_back(row); });
    auto one = std::make_unique<One>(order, schema_, options_.memory);
    one->index.insert_all(rows);
    all_.push_back(std::move(one));
    made = &all_.back()->index;
  });
  return made;
}

void RowOrders::insert(ivm::RowView row) {
  std::erase_if(all_, [&](const auto& one) { return !has_room_for([&] { one->index.insert(row); }); });
}

void RowOrders::erase(ivm::RowView row) noexcept {
  for (const auto& one : all_) one->index.erase(row);
}

void RowOrders::keep_only(const std::vector<Order>& orders) {
  std::erase_if(all_, [&](const auto& one) {
    return std::find(orders.begin(), orders.end(), one->index.order()) == orders.end();
  });
}

}  // namespace laterbase::triples
