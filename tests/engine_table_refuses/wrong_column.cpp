// this table has no column of that name
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.select<"bidd">().count(); }
