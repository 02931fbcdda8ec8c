#include "engine/ivm/output_rows.h"

#include <algorithm>
#include <array>

#include "engine/base/invariant.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {

OutputBag::OutputBag(Schema schema, const std::vector<std::vector<Order>>& indexes, Memory memory)
    : schema_(std::move(schema)), table_(memory), pool_(memory) {
  for (const std::vector<Order>& order : indexes) add_index(order);
}

void OutputBag::begin_step() noexcept {
  changes_.clear();
  pool_.release();
}

// One look into the table for each change both consolidates and integrates it.
void OutputBag::integrate(const Batch& changes) {
  constexpr std::size_t far = 16, near = 8;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i + far < changes.size()) table_.prefetch(changes[i + far].row.hash());
    if (i + near < changes.size()) table_.prefetch_row(changes[i + near].row.hash());
    const auto [row, weight] = changes[i];
    bool is_new = false;
    auto& slot = table_.find_or_add(row, is_new);
    if (is_new) slot.row = pool_.keep(row);
    Weight& held = slot.payload;
    if (held.change >= changes_.size() || changes_[held.change].row.block() != slot.row.block()) {
      held.change = changes_.size();
      changes_.refer(slot.row, 0);
    }
    held.weight += weight;
    size_ += static_cast<std::uint64_t>(weight);
    changes_.add_weight(held.change, weight);
  }
  if (!indexes_.empty()) change_indexes();
  erase_gone();
  changes_.drop_zeros();
}

void OutputBag::change_indexes() {
  for (const auto& [row, change] : changes_) {
    const std::int64_t after = table_.find(row)->payload.weight;
    const bool was = after - change != 0, is = after != 0;
    if (was == is) continue;
    for (const auto& index : indexes_) {
      if (!index) continue;
      if (is) {
        index->insert(row);
      } else {
        index->erase(row);
      }
    }
  }
}

void OutputBag::erase_gone() {
  for (const auto& [row, change] : changes_) {
    if (change > 0) continue;
    auto* slot = table_.find(row);
    if (slot->payload.weight != 0) continue;
    table_.erase(*slot);
    pool_.drop(row);
  }
}

std::int64_t OutputBag::weight_of(RowView row) const {
  const auto* slot = table_.find(row);
  return slot ? slot->payload.weight : 0;
}

// Rows lie anywhere: each is asked for some others ahead.
void OutputBag::scan(const RowVisitor& visit) const {
  constexpr std::size_t ahead = 16, line = 64;
  std::array<Change, ahead> waiting;
  std::size_t count = 0;
  bool goes_on = true;
  const auto show = [&](const Change& one) { goes_on = goes_on && visit(one.row, one.weight); };
  table_.for_each([&](const auto& slot) {
    if (!goes_on || slot.payload.weight <= 0) return;
    __builtin_prefetch(slot.row.block());
    __builtin_prefetch(slot.row.block() + line);
    Change& place = waiting[count % ahead];
    if (count++ >= ahead) show(place);
    place = {slot.row, slot.payload.weight};
  });
  for (std::size_t i = count - std::min(count, ahead); i < count; ++i) show(waiting[i % ahead]);
}

void OutputBag::read(std::size_t index, const Range& range, bool backwards, const RowVisitor& visit) const {
  indexes_.at(index)->read(range, backwards, [&](RowView row) { return visit(row, weight_of(row)); });
}

std::size_t OutputBag::add_index(std::vector<Order> order) {
  auto index = std::make_unique<RowIndex>(std::move(order), schema_, pool_);
  std::vector<RowView> rows;
  rows.reserve(table_.size());
  table_.for_each([&](const auto& slot) { rows.push_back(slot.row); });
  index->insert_all(rows);
  indexes_.push_back(std::move(index));
  return indexes_.size() - 1;
}

void OutputBag::drop_index(std::size_t index) { indexes_.at(index).reset(); }

std::uint64_t OutputBag::bytes() const noexcept { return table_.bytes() + pool_.bytes(); }

void OutputBag::save(std::string& to) const {
  put(to, std::uint64_t{table_.size()});
  table_.for_each([&](const auto& slot) {
    put_row(to, slot.row);
    put(to, slot.payload.weight);
  });
}

void OutputBag::load(std::string_view from) {
  const auto count = take<std::uint64_t>(from);
  table_.reserve(count);
  RowReader reader;
  Batch rows;
  for (std::uint64_t i = 0; i < count; ++i) {
    const RowView row = reader.take(from);
    rows.add(row, take<std::int64_t>(from));
  }
  integrate(rows);
  begin_step();
}

}  // namespace laterbase::ivm
