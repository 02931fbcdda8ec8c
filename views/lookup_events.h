#pragma once

#include "views/lookup.h"

// The relation events by the order of keys, which is that of `at`, or by positions of the log. Engines whose log knows
// no keys have neither.
namespace laterbase::views {

std::optional<Lookup> find_lookup_of_events(const Engine& engine, const Wish& wish);
Lookup all_events();
void visit_events(const Engine& engine, const Lookup& lookup, const ivm::RowVisitor& visit);

}  // namespace laterbase::views
