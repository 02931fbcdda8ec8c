#pragma once

#include "views/sql/function.h"

// More parts of the table of functions.
namespace laterbase::sql {

void add_bytes_functions(Tables& tables);
void add_format_functions(Tables& tables);
void add_group_functions(Tables& tables);

}  // namespace laterbase::sql
