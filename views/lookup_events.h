#pragma once

#include "views/lookup.h"

// The relation events by the order of keys, which is that of `at`.
namespace laterbase::views {

std::optional<Lookup> find_lookup_of_events(const Wish& wish);
void visit_events(const Engine& engine, const Lookup& lookup, const ivm::RowVisitor& visit);

}  // namespace laterbase::views
