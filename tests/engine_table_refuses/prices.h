#pragma once

#include "engine/table/table.h"

// The table that the programs of this folder use, rightly or wrongly.
namespace prices_of_the_tests {
using namespace laterbase::worktable;
using laterbase::worktable::index;

using Prices = Table<"price", column<"id", std::uint64_t, primary_key, autoincrement>,
                     column<"exchange", std::uint8_t, index>, column<"bid", double, ordered_index>>;
}  // namespace prices_of_the_tests

using namespace prices_of_the_tests;
