#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/ivm/plan.h"

// One question over tables of integers: as a plan, as a program written by hand for just that question, and the
// changes that both are given.
namespace laterbase::bench {

// A row of one of the tables comes (+1) or goes (-1).
struct TableChange {
  std::uint32_t table;
  std::int32_t weight;
  std::array<std::int64_t, 3> values;
};

// What somebody would write who needs this answer and no other: its state, and the answer in it.
class ByHand {
 public:
  virtual ~ByHand() = default;
  virtual void apply(std::span<const TableChange> changes) = 0;
  virtual std::uint64_t answer_rows() const = 0;  // so that both can be held against each other
};

class Workload {
 public:
  virtual ~Workload() = default;

  virtual std::string name() const = 0;
  virtual double goal_single_us() const = 0;
  virtual double goal_batch_rows_per_us() const = 0;  // millions a second
  virtual ivm::Plan plan() const = 0;                 // one output; Input number i is table i
  virtual std::unique_ptr<ByHand> by_hand() const = 0;
  // A new row of some table; `number` is different for each.
  virtual TableChange row(std::uint64_t number, std::uint64_t base_rows, Random& random) const = 0;
  // One change in so many takes away the row that holds an extreme, where the question has any.
  virtual bool retracts_extremes() const { return false; }
};

std::vector<std::unique_ptr<Workload>> workloads();
std::unique_ptr<Workload> filter_workload();     // W1
std::unique_ptr<Workload> aggregate_workload();  // W2
std::unique_ptr<Workload> join_workload();       // W3
std::unique_ptr<Workload> three_workload();      // W4
std::unique_ptr<Workload> top_workload();        // W5
std::unique_ptr<Workload> distinct_workload();   // W6
std::unique_ptr<Workload> semi_workload();       // W8

inline constexpr ivm::Type bigint{ivm::TypeKind::bigint, {}};

inline ivm::Schema bigints(std::initializer_list<const char*> names) {
  ivm::Schema schema;
  for (const char* name : names) schema.push_back({name, bigint});
  return schema;
}

}  // namespace laterbase::bench
