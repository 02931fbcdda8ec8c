#pragma once

#include <string>

#include "views/sql/parse_tree.h"

namespace laterbase::sql {

// Where a recursive query may name itself: once, in what it does again and again, and not where the rows of a turn
// would take others away. `select` is first UNION [ALL] again. Errors: 42P19 with PostgreSQL's messages.
void check_recursion(const Json& select, const std::string& name);

bool mentions(const Json& node, const std::string& name);  // as a table

}  // namespace laterbase::sql
