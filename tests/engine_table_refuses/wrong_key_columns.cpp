// give one value for each column of the primary key
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.find(1, 2).has_value(); }
