#pragma once

#include <memory>
#include <vector>

#include "engine/ivm/accumulator.h"
#include "engine/ivm/row_table.h"

// The groups of an aggregate: for each key its accumulators' states and the row that it shows.
namespace laterbase::ivm {

struct Group {
  std::int64_t rows;
  RowView key;
  RowView shown;  // none: nothing yet
  bool touched;   // in the step under way

  char* states() noexcept { return reinterpret_cast<char*>(this) + header_size; }
  const char* states() const noexcept { return reinterpret_cast<const char*>(this) + header_size; }
  static constexpr std::size_t header_size = 48;
};
static_assert(sizeof(Group) <= Group::header_size);

class Groups {
 public:
  explicit Groups(Memory memory) : pool_(memory), table_(memory) {}
  ~Groups();

  void keys_are_one_word(bool are) noexcept { table_.rows_are_one_word(are); }

  // The offset of its state behind Group::states(); before the first group.
  std::size_t add_accumulator(std::shared_ptr<const Accumulator> accumulator);

  Group& find_or_add(RowView key);
  void erase(Group& group);
  void show(Group& group, RowView row) { group.shown = row ? pool_.keep(row) : RowView{}; }
  // Readable until release().
  void drop(RowView shown) { pool_.drop(shown); }
  void release() noexcept { pool_.release(); }

  std::size_t size() const noexcept { return table_.size(); }
  std::size_t bytes() const noexcept { return table_.bytes() + pool_.bytes(); }
  RowPool& pool() noexcept { return pool_; }
  // Asks ahead for a key's slot, then for its group and states.
  void prefetch(std::uint64_t hash) const noexcept { table_.prefetch(hash); }
  void prefetch_group(std::uint64_t hash) const noexcept {
    const auto* slot = table_.first_slot(hash);
    if (slot == nullptr || !slot->row) return;
    const auto* block = reinterpret_cast<const char*>(slot->payload);
    for (std::size_t at = 0; at < block_size(); at += 64) __builtin_prefetch(block + at);
    __builtin_prefetch(slot->row.block());
  }

  void save(std::string& to) const;
  void load(std::string_view from);

 private:
  struct Placed {
    std::shared_ptr<const Accumulator> accumulator;
    std::size_t offset;
  };
  std::size_t block_size() const noexcept { return Group::header_size + states_size_; }

  RowPool pool_;
  std::vector<Placed> accumulators_;
  std::size_t states_size_ = 0;
  RowTable<Group*> table_;
};

}  // namespace laterbase::ivm
