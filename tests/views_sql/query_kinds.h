#pragma once

#include <span>
#include <string_view>

#include "tests/views_sql/query_writer.h"

// What there is of each kind: its name, values, and expressions that give it.
namespace laterbase::sql {

std::string_view type_name(Kind kind);
std::span<const char* const> literals_of(Kind kind);

// {i} stands for an expression of a kind, by its letter; {=} for one of the kind that it gives.
struct Pattern {
  const char* text;
  bool may_fail = false;
};
std::span<const Pattern> patterns_of(Kind kind);
std::span<const Pattern> generic_patterns();
Kind kind_of_letter(char letter);

}  // namespace laterbase::sql
