#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/ivm/accumulator.h"
#include "engine/ivm/row_order.h"

// The window functions over one partition, whole.
namespace laterbase::ivm {

// The rows of a partition in order, each as often as its weight says, and where its peers begin and end.
struct PartitionRows {
  std::vector<RowView> rows;
  std::vector<std::size_t> peers_begin, peers_end;  // of each row: [begin, end)
  std::vector<std::size_t> peer_group;              // number of each row's peers
  std::vector<std::size_t> group_begin;             // of each number, and the end of all
};

// Gives one value for each row of a partition. Errors: EvalError.
class WindowCompute {
 public:
  virtual ~WindowCompute() = default;
  // values.size() == rows.rows.size()
  virtual void compute(const PartitionRows& rows, std::span<Value> values) const = 0;
};

std::unique_ptr<WindowCompute> compile_window(const WindowCall& call, const std::vector<Order>& order,
                                              const Schema& input);
std::unique_ptr<WindowCompute> compile_framed(const WindowCall& call, const std::vector<Order>& order,
                                              const Schema& input);  // by frame

PartitionRows partition_rows(std::vector<RowView> rows, const RowOrder& order);

}  // namespace laterbase::ivm
