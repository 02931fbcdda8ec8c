// between takes two values
#include "tests/engine_table_refuses/prices.h"

auto use(Prices& prices) { return prices.select<"bid">().where<"bid">(between, 1.0).count(); }
