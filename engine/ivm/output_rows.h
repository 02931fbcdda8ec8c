#pragma once

#include <memory>
#include <vector>

#include "engine/ivm/circuit.h"
#include "engine/ivm/row_index.h"
#include "engine/ivm/row_pool.h"
#include "engine/ivm/row_table.h"

// An output of a circuit: its rows as a bag, and in the orders that were asked for. Integrates a step that has
// succeeded, so it knows no rollback.
namespace laterbase::ivm {

class OutputBag final : public OutputRows {
 public:
  OutputBag(Schema schema, const std::vector<std::vector<Order>>& indexes, Memory memory);

  // Errors: none; rows of `changes` need live no longer than the call.
  void integrate(const Batch& changes);
  // Of the last integrate(), consolidated.
  const Batch& changes() const noexcept { return changes_; }
  // The changes are forgotten, and the rows that they took away.
  void begin_step() noexcept;

  const Schema& schema() const noexcept override { return schema_; }
  std::uint64_t size() const noexcept override { return size_; }
  std::int64_t weight_of(RowView row) const override;
  void scan(const RowVisitor& visit) const override;
  void read(std::size_t index, const Range& range, bool backwards, const RowVisitor& visit) const override;
  std::size_t add_index(std::vector<Order> order) override;
  void drop_index(std::size_t index) override;

  std::uint64_t bytes() const noexcept;
  void save(std::string& to) const;
  void load(std::string_view from);

 private:
  struct Weight {
    std::int64_t weight;
    std::size_t change;  // its place in changes_, where that is its row
  };
  void change_indexes();
  void erase_gone();

  Schema schema_;
  RowTable<Weight> table_;
  RowPool pool_;  // of rows and of what orders them
  Batch changes_;
  std::vector<std::unique_ptr<RowIndex>> indexes_;  // null: dropped
  std::uint64_t size_ = 0;
};

}  // namespace laterbase::ivm
