#include "engine/ivm/keyed_rows.h"

#include <algorithm>

#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

constexpr std::size_t indexed_from = 256;  // rows of a key; until then, a look at all their hashes is as fast

// The first place from `from` on that has this hash, or `size`; eight at a time, in the compiler's vectors.
using Lanes = std::uint32_t __attribute__((vector_size(16)));
std::size_t find_hash(const std::uint32_t* hashes, std::size_t size, std::uint32_t hash, std::size_t from) noexcept {
  constexpr std::size_t lanes = sizeof(Lanes) / sizeof(std::uint32_t);
  const Lanes wanted = {hash, hash, hash, hash};
  std::size_t at = from;
  for (; at % (2 * lanes) == 0 && at + 2 * lanes <= size; at += 2 * lanes) {
    Lanes first, second;
    std::memcpy(&first, hashes + at, sizeof first);
    std::memcpy(&second, hashes + at + lanes, sizeof second);
    const auto same = (first == wanted) | (second == wanted);
    std::uint64_t halves[2];
    std::memcpy(halves, &same, sizeof halves);
    if ((halves[0] | halves[1]) != 0) break;
  }
  while (at < size && hashes[at] != hash) ++at;
  return at;
}

}  // namespace

KeyedRows::~KeyedRows() { clear(); }

KeyedRows::Applied KeyedRows::add(RowView key, RowView row, std::int64_t weight, std::uint32_t guess) {
  RowView kept_key;
  const Applied applied = apply(key, row, weight, guess, kept_key);
  log_.push_back({kept_key, applied.row, weight});
  return applied;
}

std::span<const KeyedRows::Entry> KeyedRows::find(RowView key) const noexcept {
  const auto* slot = groups_.find(key);
  return slot ? entries_of(slot->payload) : std::span<const Entry>{};
}

void KeyedRows::ahead_of_rows(std::uint64_t key_hash) const noexcept {
  const Group* group = likely_group(key_hash);
  if (group == nullptr) return;
  if (group->capacity == 0) {
    __builtin_prefetch(group->one.row.block());
  } else {
    __builtin_prefetch(group->many.index != nullptr ? static_cast<const void*>(group->many.index) : hashes_of(*group));
    __builtin_prefetch(group->many.entries);
    __builtin_prefetch(group->many.entries + group->size);
  }
}

std::uint32_t KeyedRows::ahead_of_entry(std::uint64_t key_hash, std::uint64_t row_hash) const noexcept {
  const Group* group = likely_group(key_hash);
  if (group == nullptr || group->capacity == 0) return 0;
  __builtin_prefetch(group->many.entries + group->size - 1);  // takes the place of what goes
  if (group->many.index != nullptr) return 0;
  const std::size_t place = find_hash(hashes_of(*group), group->size, static_cast<std::uint32_t>(row_hash), 0);
  __builtin_prefetch(group->many.entries + place);
  return static_cast<std::uint32_t>(place);
}

void KeyedRows::ahead_of_index(std::uint64_t key_hash, std::uint64_t row_hash) const noexcept {
  const Group* group = likely_group(key_hash);
  if (group != nullptr && group->capacity != 0 && group->many.index != nullptr) group->many.index->prefetch(row_hash);
}

void KeyedRows::ahead_of_row(std::uint64_t key_hash, std::uint64_t row_hash, std::uint32_t guess) const noexcept {
  const Group* group = likely_group(key_hash);
  if (group == nullptr || group->capacity == 0 || group->size == 0) return;
  if (group->many.index != nullptr) {
    group->many.index->prefetch_row(row_hash);
    __builtin_prefetch(group->many.entries[group->size - 1].row.block());
  } else if (guess < group->size) {
    __builtin_prefetch(group->many.entries[guess].row.block());
  }
}

std::size_t KeyedRows::place_of(Group& group, RowView row, std::uint32_t guess) noexcept {
  if (group.capacity != 0 && group.many.index != nullptr) {
    const auto* slot = group.many.index->find(row);
    return slot ? slot->payload : group.size;
  }
  if (group.capacity == 0) return group.size == 1 && group.one.row == row ? 0 : group.size;
  const std::uint32_t* hashes = hashes_of(group);
  const auto hash = static_cast<std::uint32_t>(row.hash());
  if (guess < group.size && hashes[guess] == hash && group.many.entries[guess].row == row) return guess;
  std::size_t place = find_hash(hashes, group.size, hash, 0);
  while (place < group.size && group.many.entries[place].row != row)
    place = find_hash(hashes, group.size, hash, place + 1);
  return place;
}

KeyedRows::Applied KeyedRows::apply(RowView key, RowView row, std::int64_t weight, std::uint32_t guess,
                                    RowView& kept_key) {
  bool is_new = false;
  auto& slot = groups_.find_or_add(key, is_new);
  if (is_new) slot.row = pool_.keep(key);
  kept_key = slot.row;
  Group& group = slot.payload;
  const std::size_t place = place_of(group, row, guess);
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
    apply(logged->key, logged->row, -logged->weight, 0, kept_key);
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
      apply(key, row, take<std::int64_t>(from), 0, kept_key);
    }
  }
}

}  // namespace laterbase::ivm
