// compiles
#include "tests/engine_table_refuses/prices.h"

std::uint64_t use(Prices& prices) { return prices.select<"bid">().where<"bid">(greater, 1.0).count(); }
