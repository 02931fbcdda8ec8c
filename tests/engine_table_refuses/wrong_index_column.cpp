// this table has no column of that name
#include "tests/engine_table_refuses/prices.h"

Table<"x", column<"a", int, primary_key>, ordered_index_on<"a", "c">> table;
