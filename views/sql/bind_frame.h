#pragma once

#include "views/sql/bind_expression.h"

namespace laterbase::sql {

// A RANGE with offsets compares values: the window function gets arguments more, with what is compared.
// Errors: 42P20 where there isn't one order column, 0A000 where it has no distances, 22013 where an offset is negative.
void add_frame_limits(WindowUse& use, int offset);

}  // namespace laterbase::sql
