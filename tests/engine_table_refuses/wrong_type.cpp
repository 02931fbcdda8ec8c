// the value compared with is not of the column
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.select<"bid">().where<"bid">(equal, "high").count(); }
