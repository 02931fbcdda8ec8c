// a table has a primary key: mark one column or several with primary_key
#include "tests/engine_table_refuses/prices.h"

Table<"x", column<"a", int>> table;
