// a column is an integer, float, bool, enum
#include "tests/engine_table_refuses/prices.h"

Table<"x", column<"a", int, primary_key>, column<"b", void*>> table;
