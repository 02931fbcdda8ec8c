#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ivm/value.h"
#include "views/sql/plan.h"

// What the conditions of a plan say about the columns of what it scans.
namespace laterbase::views {

// Values that a column can have in rows that matter.
struct Domain {
  using End = std::pair<ivm::Value, bool>;  // a value, and whether it is one of them
  std::optional<std::vector<ivm::Value>> points;
  std::optional<End> lower, upper;
  bool not_null = false;  // rows with NULL don't matter; so it is wherever there is an end
};
using Domains = std::map<std::size_t, Domain>;  // by column
inline constexpr std::size_t most_points = 1'000;  // more are not looked up one by one

// What a condition that has to be true says, where it compares columns with constants.
void narrow(Domains& domains, const sql::ExprPtr& condition);
// Texts that a LIKE pattern takes begin as the pattern does.
void narrow_by_pattern(Domain& domain, std::string_view pattern);
void narrow_to(Domain& domain, std::vector<ivm::Value> points);

// Of two inputs side by side: what is said about the first `width` columns, and about the others.
std::pair<Domains, Domains> split(const Domains& domains, std::size_t width);
// Of a projection's columns: what it says about the columns that they are.
Domains through(const Domains& domains, const std::vector<sql::ExprPtr>& exprs);

// Two columns that a join's condition has equal: of the left and of the right input.
std::vector<std::pair<std::size_t, std::size_t>> links_of(const sql::ExprPtr& condition, std::size_t width);
// The condition's terms about one side alone, over that side's columns.
void narrow_sides(const sql::ExprPtr& condition, std::size_t width, Domains* left, Domains* right);

}  // namespace laterbase::views
