#pragma once

#include <vector>

#include "views/sql/plan.h"

// Keyset pages: the rows behind one of which only its order's values are known.
namespace laterbase::tree {

// Whether a row comes after these values of its first sort keys: a OR (same AND b) …, with NULLs where the keys have
// them. Errors: SqlException where a key and its value don't compare.
sql::ExprPtr comes_after(const std::vector<sql::SortKey>& keys, const std::vector<sql::ExprPtr>& values);

}  // namespace laterbase::tree
