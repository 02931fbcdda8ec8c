// a foreign key is of the type of the primary key that it refers to
#include "tests/engine_table_refuses/prices.h"

using Child = Table<"child", column<"id", int, primary_key>, column<"price", std::uint32_t, references<Prices>>>;
void use(Prices& prices) { Child child(prices); }
