#pragma once

#include <span>

#include "engine/ivm/row_pool.h"
#include "engine/ivm/row_table.h"

// An arrangement: rows with weights, found by a key. Most keys have one row, which lies in the table itself; a key with
// many has them side by side, and beyond a few also by hash. Remembers the step under way, so that it can be undone.
namespace laterbase::ivm {

class KeyedRows {
 public:
  struct Entry {
    RowView row;
    std::int64_t weight;
  };
  struct Applied {
    std::int64_t before;  // its weight
    std::int64_t after;
    RowView row;  // as it is kept
  };

  explicit KeyedRows(Memory memory = {}) : groups_(memory), pool_(memory) {}
  ~KeyedRows();
  KeyedRows(const KeyedRows&) = delete;
  KeyedRows& operator=(const KeyedRows&) = delete;

  // See RowTable.
  void keys_are_one_word(bool are) noexcept { groups_.rows_are_one_word(are); }

  Applied add(RowView key, RowView row, std::int64_t weight, std::uint32_t guess = 0);
  // Lifetime: until the next add().
  std::span<const Entry> find(RowView key) const noexcept;

  std::size_t rows() const noexcept { return rows_; }
  std::size_t keys() const noexcept { return groups_.size(); }
  std::size_t bytes() const noexcept { return groups_.bytes() + pool_.bytes(); }
  template <typename Visit>
  void for_each(Visit&& visit) const {  // (key, entry)
    groups_.for_each([&](const auto& slot) {
      for (const Entry& entry : entries_of(slot.payload)) visit(slot.row, entry);
    });
  }
  // Ask ahead for what a search for this key touches, one after the other: its slot, then what that points to.
  void ahead_of_slot(std::uint64_t key_hash) const noexcept { groups_.prefetch(key_hash); }
  void ahead_of_rows(std::uint64_t key_hash) const noexcept;
  void ahead_of_index(std::uint64_t key_hash, std::uint64_t row_hash) const noexcept;  // of a key with many rows
  // And for a row of it that shall go: where it may be, for add(), then the row itself.
  std::uint32_t ahead_of_entry(std::uint64_t key_hash, std::uint64_t row_hash) const noexcept;
  void ahead_of_row(std::uint64_t key_hash, std::uint64_t row_hash, std::uint32_t guess) const noexcept;
  // All of it for a change of the batch that is added next (keyed_batch.h).
  template <typename KeyedChange>
  void ahead_of(const KeyedChange& change, std::size_t stage) const noexcept {
    const std::uint64_t key = change.key.hash();
    if (stage == 0) ahead_of_slot(key);
    if (stage == 1) ahead_of_rows(key);
    if (stage == 2) ahead_of_index(key, change.row.hash());
    if (change.weight > 0) return;
    if (stage == 2) change.guess = ahead_of_entry(key, change.row.hash());
    if (stage == 3) ahead_of_row(key, change.row.hash(), change.guess);
  }

  void begin_step() noexcept { pool_.release(); }
  void commit() noexcept { log_.clear(); }
  void rollback();
  void clear();

  void save(std::string& to) const;
  void load(std::string_view& from);  // into an empty one

 private:
  using Index = RowTable<std::uint32_t>;  // to the place in `many`
  // Entries, and behind them a part of each row's hash, side by side: rows that are not the one are not looked at.
  struct Many {
    Entry* entries;
    Index* index;  // none while there are few
  };
  struct Group {
    std::uint32_t size;
    std::uint32_t capacity;  // 0: the one entry is here
    union {
      Entry one;
      Many many;
    };
  };
  struct Logged {
    RowView key;
    RowView row;
    std::int64_t weight;
  };

  static std::span<const Entry> entries_of(const Group& group) noexcept {
    return {group.capacity == 0 ? &group.one : group.many.entries, group.size};
  }
  static std::span<Entry> entries_of(Group& group) noexcept {
    return {group.capacity == 0 ? &group.one : group.many.entries, group.size};
  }
  static std::uint32_t* hashes_of(const Group& group) noexcept {
    return reinterpret_cast<std::uint32_t*>(group.many.entries + group.capacity);
  }
  static constexpr std::size_t block_size(std::uint32_t capacity) noexcept {
    return capacity * (sizeof(Entry) + sizeof(std::uint32_t));
  }
  // The group that a search for this hash most likely ends at.
  const Group* likely_group(std::uint64_t key_hash) const noexcept {
    const auto* slot = groups_.first_slot(key_hash);
    return slot != nullptr && slot->row ? &slot->payload : nullptr;
  }
  static std::size_t place_of(Group& group, RowView row, std::uint32_t guess) noexcept;
  Applied apply(RowView key, RowView row, std::int64_t weight, std::uint32_t guess, RowView& kept_key);
  void append(Group& group, Entry entry);
  void widen(Group& group);
  void remove(Group& group, std::size_t place);
  void free_memory_of(Group& group) noexcept;

  RowTable<Group> groups_;
  RowPool pool_;
  std::size_t rows_ = 0;
  std::vector<Logged> log_;
};

}  // namespace laterbase::ivm
