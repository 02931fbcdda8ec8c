#pragma once

#include <set>
#include <utility>
#include <vector>

#include "views/tree/query.h"

// A level on its way: bound, with its ancestors' columns still as outer columns.
namespace laterbase::tree {

// A column of a level's relation.
using Origin = std::pair<std::size_t, std::size_t>;  // draft, column

struct Draft {
  NodeKind kind = NodeKind::many;
  std::string name;
  std::vector<std::size_t> path;  // its ancestors, the root first
  std::vector<std::size_t> children;
  sql::PlanPtr plan;              // the relation's columns, then what is computed
  std::vector<Shown> fields;      // columns of the plan
  std::vector<ivm::Order> order;  // columns of the plan
  std::vector<std::size_t> identity;
  bool is_short = false;
};

// The drafts of a tree, parents first, as levels.
std::vector<Level> levels_of(const std::vector<Draft>& drafts);

}  // namespace laterbase::tree
