#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/plan.h"
#include "views/sql/compile.h"
#include "views/sql/statement.h"
#include "views/tree/syntax.h"

// What a tree query means: one relation for each of its nodes. A level's rows begin with its key, the values of the
// columns of its ancestors that it, or anything below it, speaks of; so two parents for which these are equal share
// their children, and what is below a row is found by a range of an index. A level holds no more than the rows that
// its parent's rows ask for: the distinct keys among these are joined with the level's own relation, and LIMIT is a
// top-k for each key (T. Neumann and A. Kemper, "Unnesting Arbitrary Queries", BTW 2015; views/sql/unnest.h).
//
//   level 0  [issue …]                    top 20, newest
//     └ level 1  issue.id | [comment …]   top 10 for each key
//         └ level 2  comment.author | [person …]
namespace laterbase::tree {

// A member of the object that a row is.
struct Shown {
  std::string name;
  std::optional<std::size_t> column;  // of the level's rows; else
  std::size_t level = 0;              // what is below
};

inline constexpr std::uint64_t longest_short_list = 256;

struct Level {
  NodeKind kind = NodeKind::many;
  std::string name;  // for people, and as a relation for the plans of the levels below
  std::size_t parent = 0;
  std::vector<std::size_t> children;
  sql::PlanPtr plan;                        // key ++ its own columns; of COUNT key ++ number; of EXISTS key
  std::vector<std::size_t> parent_columns;  // key column i is this one of the parent's
  std::vector<Shown> fields;
  std::vector<ivm::Order> order;      // total, over the plan's columns behind the key
  std::vector<std::size_t> identity;  // columns that name a row of its key for as long as it lives; else empty

  bool is_short = false;  // no list has more rows than may be counted one by one

  std::size_t key() const noexcept { return parent_columns.size(); }
  bool has_rows() const noexcept { return kind == NodeKind::many || kind == NodeKind::one; }
  // What its output is ordered by: first by key, then as shown; then, one for each child, by the child's key.
  std::vector<std::vector<ivm::Order>> indexes(const std::vector<Level>& all) const;
};

struct Query {
  std::vector<Level> levels;  // parents before their children; the root is the first
};

// What was sent beside the text.
struct Parameters {
  std::vector<sql::Parameter> numbered;
  std::map<std::string, sql::Parameter> named;
};

// Who asks. Of a definition, or what is followed live, nothing may differ from one moment to the next.
struct Asked {
  const Parameters* parameters = nullptr;  // null: not allowed here
  bool definition = false;
  bool replicated = false;  // nor from node to node
};

// Errors: SqlError as parse() has them, and what the catalog or the types don't allow.
sql::SqlResult<Query> read(std::string_view text, const sql::Catalog& catalog, const Asked& asked);

}  // namespace laterbase::tree
