#include "engine/ivm/bag.h"

#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {

std::int64_t Bag::add(RowView row, std::int64_t weight) {
  RowView kept;
  const std::int64_t before = apply(row, weight, kept);
  log_.push_back({kept, weight});
  return before;
}

std::int64_t Bag::apply(RowView row, std::int64_t weight, RowView& kept) {
  bool is_new = false;
  auto& slot = rows_.find_or_add(row, is_new);
  if (is_new) slot.row = pool_.keep(row);
  kept = slot.row;
  const std::int64_t before = slot.payload;
  slot.payload += weight;
  if (slot.payload == 0) {
    pool_.drop(slot.row);
    rows_.erase(slot);
  }
  return before;
}

std::int64_t Bag::weight_of(RowView row) const noexcept {
  const auto* slot = rows_.find(row);
  return slot ? slot->payload : 0;
}

void Bag::rollback() {
  RowView kept;
  for (auto change = log_.rbegin(); change != log_.rend(); ++change) apply(change->row, -change->weight, kept);
  log_.clear();
}

void Bag::clear() {
  rows_.clear();
  pool_.clear();
  log_.clear();
}

void Bag::save(std::string& to) const {
  put(to, std::uint64_t{rows_.size()});
  for_each([&](RowView row, std::int64_t weight) {
    put_row(to, row);
    put(to, weight);
  });
}

void Bag::load(std::string_view& from) {
  const auto count = take<std::uint64_t>(from);
  rows_.reserve(count);
  RowReader reader;
  RowView kept;
  for (std::uint64_t i = 0; i < count; ++i) {
    const RowView row = reader.take(from);
    apply(row, take<std::int64_t>(from), kept);
  }
}

}  // namespace laterbase::ivm
