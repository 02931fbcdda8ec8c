// give one value for each column that is named
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.update<"bid", "exchange">(1, 2.0).has_value(); }
