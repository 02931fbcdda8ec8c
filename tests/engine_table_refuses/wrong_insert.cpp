// insert takes a value for every column, or for every column but the one that the table makes
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.insert(1.0).has_value(); }
