#pragma once

#include "engine/ivm/batch.h"
#include "engine/ivm/row_pool.h"
#include "engine/ivm/row_table.h"

// Rows with weights, integrated over all steps: what an operator remembers of a Z-set. Remembers the step under way
// too, so that it can be undone.
namespace laterbase::ivm {

class Bag {
 public:
  explicit Bag(Memory memory = {}) : rows_(memory), pool_(memory) {}

  // See RowTable.
  void rows_are_one_word(bool are) noexcept { rows_.rows_are_one_word(are); }

  // The weight before.
  std::int64_t add(RowView row, std::int64_t weight);
  std::int64_t weight_of(RowView row) const noexcept;
  // The bag's own copy of a row that is in it.
  RowView kept(RowView row) const noexcept {
    const auto* slot = rows_.find(row);
    return slot ? slot->row : RowView{};
  }

  std::size_t distinct_rows() const noexcept { return rows_.size(); }
  std::size_t bytes() const noexcept { return rows_.bytes() + pool_.bytes(); }
  template <typename Visit>
  void for_each(Visit&& visit) const {  // (row, weight)
    rows_.for_each([&](const auto& slot) { visit(slot.row, slot.payload); });
  }
  void prefetch(std::uint64_t hash) const noexcept { rows_.prefetch(hash); }
  void prefetch_row(std::uint64_t hash) const noexcept { rows_.prefetch_row(hash); }

  void begin_step() noexcept { pool_.release(); }
  void commit() noexcept { log_.clear(); }
  void rollback();
  void clear();

  void save(std::string& to) const;
  void load(std::string_view& from);  // into an empty one

 private:
  std::int64_t apply(RowView row, std::int64_t weight, RowView& kept);

  RowTable<std::int64_t> rows_;
  RowPool pool_;
  std::vector<Change> log_;
};

}  // namespace laterbase::ivm
