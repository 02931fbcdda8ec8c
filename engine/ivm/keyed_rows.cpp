#include "engine/ivm/keyed_rows.h"

#include <algorithm>

#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

constexpr std::size_t indexed_from = 32;  // rows of a key; until then, a look at each is as fast

}  // namespace

KeyedRows::~KeyedRows() { clear(); }

KeyedRows::Applied KeyedRows::add(RowView key, RowView row, std::int64_t weight) {
  RowView kept_key;
  const Applied applied = apply(key, row, weight, kept_key);
  log_.push_back({kept_key, applied.row, weight});
  return applied;
}

std::span<const KeyedRows::Entry> KeyedRows::find(RowView key) const noexcept {
  const auto* slot = groups_.find(key);
  return slot ? entries_of(slot->payload) : std::span<const Entry>{};
}

std::size_t KeyedRows::place_of(Group& group, RowView row) noexcept {
  if (group.capacity != 0 && group.many.index != nullptr) {
    const auto* slot = group.many.index->find(row);
    return slot ? slot->payload : group.size;
  }
  if (group.capacity == 0) return group.size == 1 && group.one.row == row ? 0 : group.size;
  const std::uint32_t* hashes = hashes_of(group);
  const auto hash = static_cast<std::uint32_t>(row.hash());
  std::size_t place = 0;
  while (place < group.size && (hashes[place] != hash || group.many.entries[place].row != row)) ++place;
  return place;
}

KeyedRows::Applied KeyedRows::apply(RowView key, RowView row, std::int64_t weight, RowView& kept_key) {
  bool is_new = false;
  auto& slot = groups_.find_or_add(key, is_new);
  if (is_new) slot.row = pool_.keep(key);
  kept_key = slot.row;
  Group& group = slot.payload;
  const std::size_t place = place_of(group, row);
  if (place == group.size) {
    const RowView kept = pool_.keep(row);
    append(group, {kept, weight});
    return {0, weight, kept};
  }
  Entry& entry = entries_of(group)[place];
  const Applied applied{entry.weight, entry.weight + weight, entry.row};
  entry.weight = applied.after;
  if (applied.after != 0) return applied;
  remove(group, place);
  pool_.drop(applied.row);
  if (group.size != 0) return applied;
  free_memory_of(group);
  pool_.drop(slot.row);
  groups_.erase(slot);
  return applied;
}

void KeyedRows::append(Group& group, Entry entry) {
  ++rows_;
  if (group.size == 0 && group.capacity == 0) {
    group.one = entry;
    group.size = 1;
    return;
  }
  if (group.capacity == 0 || group.size == group.capacity) widen(group);
  group.many.entries[group.size] = entry;
  hashes_of(group)[group.size] = static_cast<std::uint32_t>(entry.row.hash());
  if (group.many.index != nullptr) {
    bool is_new = false;
    group.many.index->find_or_add(entry.row, is_new).payload = group.size;
  }
  ++group.size;
}

void KeyedRows::widen(Group& group) {
  Group wide{group.size, group.capacity == 0 ? 2 : 2 * group.capacity, {}};
  wide.many = {reinterpret_cast<Entry*>(pool_.allocate(block_size(wide.capacity))), nullptr};
  const auto old = entries_of(group);
  std::copy(old.begin(), old.end(), wide.many.entries);
  if (group.capacity == 0) {
    hashes_of(wide)[0] = static_cast<std::uint32_t>(group.one.row.hash());
  } else {
    std::copy_n(hashes_of(group), group.size, hashes_of(wide));
    wide.many.index = group.many.index;
    pool_.free(reinterpret_cast<char*>(group.many.entries), block_size(group.capacity));
  }
  group = wide;
  if (group.many.index != nullptr || group.capacity <= indexed_from) return;
  group.many.index = new Index{pool_.memory()};
  bool is_new = false;
  for (std::uint32_t i = 0; i < group.size; ++i) {
    group.many.index->find_or_add(group.many.entries[i].row, is_new).payload = i;
  }
}

// The last takes its place.
void KeyedRows::remove(Group& group, std::size_t place) {
  --rows_;
  --group.size;
  if (group.capacity == 0) return;
  Entry* entries = group.many.entries;
  if (Index* index = group.many.index) {
    index->erase(*index->find(entries[place].row));
    if (place != group.size) index->find(entries[group.size].row)->payload = static_cast<std::uint32_t>(place);
  }
  entries[place] = entries[group.size];
  hashes_of(group)[place] = hashes_of(group)[group.size];
}

void KeyedRows::free_memory_of(Group& group) noexcept {
  if (group.capacity == 0) return;
  delete group.many.index;
  pool_.free(reinterpret_cast<char*>(group.many.entries), block_size(group.capacity));
  group.capacity = 0;
}

void KeyedRows::rollback() {
  RowView kept_key;
  for (auto logged = log_.rbegin(); logged != log_.rend(); ++logged) {
    apply(logged->key, logged->row, -logged->weight, kept_key);
  }
  log_.clear();
}

void KeyedRows::clear() {
  groups_.for_each([&](auto& slot) { free_memory_of(slot.payload); });
  groups_.clear();
  pool_.clear();
  rows_ = 0;
  log_.clear();
}

void KeyedRows::save(std::string& to) const {
  put(to, std::uint64_t{groups_.size()});
  groups_.for_each([&](const auto& slot) {
    put_row(to, slot.row);
    put(to, std::uint64_t{slot.payload.size});
    for (const Entry& entry : entries_of(slot.payload)) {
      put_row(to, entry.row);
      put(to, entry.weight);
    }
  });
}

void KeyedRows::load(std::string_view& from) {
  const auto keys = take<std::uint64_t>(from);
  groups_.reserve(keys);
  RowReader key_reader, row_reader;
  RowView kept_key;
  for (std::uint64_t i = 0; i < keys; ++i) {
    const RowView key = key_reader.take(from);
    const auto rows = take<std::uint64_t>(from);
    for (std::uint64_t j = 0; j < rows; ++j) {
      const RowView row = row_reader.take(from);
      apply(key, row, take<std::int64_t>(from), kept_key);
    }
  }
}

}  // namespace laterbase::ivm
