#pragma once

#include <memory>
#include <span>

#include "engine/ivm/key_maker.h"
#include "engine/ivm/plan.h"
#include "engine/ivm/row_pool.h"
#include "engine/ivm/row_table.h"

// An object for each partition of an operator's rows, found by the values of some columns.
namespace laterbase::ivm {

template <typename Partition>
class Partitions {
 public:
  Partitions(std::span<const std::size_t> columns, const Schema& schema, Memory memory)
      : table_(memory), pool_(memory) {
    for (const std::size_t part : columns) keys_.add(column(part, schema.at(part).type), true);
  }
  ~Partitions() {
    table_.for_each([](auto& slot) { slot.payload->~Partition(); });
  }

  // Of the partition that this row belongs to; `make` puts a new one where it is told.
  template <typename Make>
  Partition& find_or_add(RowView row, Make&& make) {
    RowView key;
    keys_.make(row, key);
    bool is_new = false;
    auto& slot = table_.find_or_add(key, is_new);
    if (is_new) {
      slot.row = pool_.keep(key);
      slot.payload = make(pool_.allocate(sizeof(Partition)));
    }
    return *slot.payload;
  }
  // The partition of this row ends, if there is one and the condition holds.
  template <typename Condition>
  void erase_if(RowView row, Condition&& condition) {
    RowView key;
    keys_.make(row, key);
    auto* slot = table_.find(key);
    if (slot == nullptr || !condition(*slot->payload)) return;
    slot->payload->~Partition();
    pool_.free(reinterpret_cast<char*>(slot->payload), sizeof(Partition));
    pool_.free(const_cast<char*>(slot->row.block()), slot->row.bytes());
    table_.erase(*slot);
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    table_.for_each([&](const auto& slot) { visit(*slot.payload); });
  }
  std::size_t size() const noexcept { return table_.size(); }
  std::size_t bytes() const noexcept { return table_.bytes() + pool_.bytes(); }

 private:
  KeyMaker keys_;
  RowTable<Partition*> table_;
  RowPool pool_;
};

}  // namespace laterbase::ivm
