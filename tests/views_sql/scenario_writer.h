#pragma once

#include "tests/views_sql/choices.h"
#include "tests/views_sql/scenario.h"

namespace laterbase::sql {

// A random run: tables, rows, views, then changes, restarts and whatever arrives late.
Scenario write_scenario(tests::Choices& choices);

}  // namespace laterbase::sql
