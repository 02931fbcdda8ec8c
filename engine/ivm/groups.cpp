#include "engine/ivm/groups.h"

#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {

Groups::~Groups() {
  table_.for_each([&](auto& slot) {
    for (const Placed& placed : accumulators_) placed.accumulator->destroy(slot.payload->states() + placed.offset);
  });
}

std::size_t Groups::add_accumulator(std::shared_ptr<const Accumulator> accumulator) {
  constexpr std::size_t alignment = 16;
  const std::size_t offset = states_size_;
  states_size_ += (accumulator->size() + alignment - 1) / alignment * alignment;
  accumulators_.push_back({std::move(accumulator), offset});
  return offset;
}

Group& Groups::find_or_add(RowView key) {
  bool is_new = false;
  auto& slot = table_.find_or_add(key, is_new);
  if (!is_new) return *slot.payload;
  slot.row = pool_.keep(key);
  slot.payload = new (pool_.allocate(block_size())) Group{0, slot.row, {}, false};
  for (const Placed& placed : accumulators_) placed.accumulator->create(slot.payload->states() + placed.offset);
  return *slot.payload;
}

void Groups::erase(Group& group) {
  for (const Placed& placed : accumulators_) placed.accumulator->destroy(group.states() + placed.offset);
  auto* slot = table_.find(group.key);
  pool_.drop(group.key);
  table_.erase(*slot);
  pool_.free(reinterpret_cast<char*>(&group), block_size());
}

void Groups::save(std::string& to) const {
  put(to, std::uint64_t{table_.size()});
  table_.for_each([&](const auto& slot) {
    const Group& group = *slot.payload;
    put_row(to, group.key);
    put(to, group.rows);
    put(to, group.shown.block() != nullptr);
    if (group.shown) put_row(to, group.shown);
    for (const Placed& placed : accumulators_) placed.accumulator->save(group.states() + placed.offset, to);
  });
}

void Groups::load(std::string_view from) {
  RowReader reader;
  const auto count = take<std::uint64_t>(from);
  table_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Group& group = find_or_add(reader.take(from));
    group.rows = take<std::int64_t>(from);
    if (take<bool>(from)) show(group, reader.take(from));
    for (const Placed& placed : accumulators_) placed.accumulator->load(group.states() + placed.offset, from);
  }
}

}  // namespace laterbase::ivm
