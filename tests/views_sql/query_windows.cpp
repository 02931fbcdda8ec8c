#include <algorithm>

#include "tests/views_sql/query_kinds.h"
#include "tests/views_sql/query_writer.h"

// Window functions. Where rows that are equal in the order would get different values, the order is of all columns.
namespace laterbase::sql {
namespace {

// Some distances between values of a kind, with a bar between them.
std::string distances_of(Kind kind) {
  switch (kind) {
    case Kind::integer:
    case Kind::bigint:
      return "0|1|2|5|3000000000";
    case Kind::numeric:
      return "0|1|0.5|2.25|1000";
    case Kind::real:
      return "0|1|0.5|2.25|1e3";
    case Kind::date:
    case Kind::moment:
    case Kind::stamp:
    case Kind::interval:
      return "'0'|'1 day'|'1 month'|INTERVAL '36:00'|'1 year 2 days'";
    default:
      return "";
  }
}

bool lists_values(Kind kind) {
  return kind == Kind::text || kind == Kind::integers || kind == Kind::texts || kind == Kind::dates;
}

}  // namespace

// What is left out of a frame.
std::string QueryWriter::exclusion() {
  return chance(15) ? pick({" EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS"}) : "";
}

// By distance from the one column that it is ordered by; nothing where no column has distances. What is equal in it has
// the same frame.
std::string QueryWriter::over_distance(const Columns& columns) {
  const NamedColumn& by = columns[below(columns.size())];
  const std::string distances = distances_of(by.kind);
  if (distances.empty()) return "";
  const std::size_t start = below(4), least = std::max<std::size_t>(start, 1), end = least + below(5 - least);
  const auto bound = [&](std::size_t place) -> std::string {
    if (place == 1 || place == 3) return pick_word(distances) + (place == 1 ? " PRECEDING" : " FOLLOWING");
    return place == 0 ? "UNBOUNDED PRECEDING" : place == 2 ? "CURRENT ROW" : "UNBOUNDED FOLLOWING";
  };
  return " OVER (" + partition_ + "ORDER BY " + by.name + pick({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"}) +
         " RANGE BETWEEN " + bound(start) + " AND " + bound(end) + exclusion() + ")";
}

std::string QueryWriter::frame() {
  const std::string unit = pick({"ROWS", "GROUPS", "RANGE"});
  if (unit == "RANGE") {
    return pick({" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                 " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                 " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " RANGE CURRENT ROW"}) +
           exclusion();
  }
  return " " + unit +
         pick({" BETWEEN 1 PRECEDING AND 1 FOLLOWING", " BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
               " BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " 2 PRECEDING", " BETWEEN 2 FOLLOWING AND 3 FOLLOWING",
               " BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"}) +
         exclusion();
}

// One partition and one order for all windows of a SELECT: of rows that are the same, each would else be another one
// in each window.
void QueryWriter::choose_order(const Columns& columns) {
  partition_ = chance(60) ? "PARTITION BY " + columns[below(columns.size())].name + " " : "";
  order_ = "ORDER BY " + columns[below(columns.size())].name + pick({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"});
  for (const NamedColumn& column : columns) order_ += ", " + column.name;
}

std::string QueryWriter::over(bool framed) {
  return " OVER (" + partition_ + order_ + (framed && chance(50) ? frame() : "") + ")";
}

std::string QueryWriter::window_call(Kind kind, const Columns& columns, int depth) {
  const int inside = depth > 1 ? 1 : 0;
  const auto argument = [&] { return expression(kind, columns, inside); };
  const bool ranks = kind == Kind::bigint || kind == Kind::real || kind == Kind::integer;
  if (ranks && chance(50)) {
    if (kind == Kind::integer) return "ntile(" + std::to_string(1 + below(3)) + ")" + over(false);
    if (kind == Kind::real) return pick({"percent_rank()", "cume_dist()"}) + over(false);
    if (chance(40)) return "row_number()" + over(false);
    if (chance(50)) return pick({"rank()", "dense_rank()"}) + over(false);
    return "rank() OVER (ORDER BY " + columns[below(columns.size())].name + ")";
  }
  switch (below(5)) {
    case 0: {
      const std::string more =
          chance(50) ? ", " + std::to_string(below(3)) + (chance(50) ? ", " + argument() : "") : "";
      return pick({"lag(", "lead("}) + argument() + more + ")" + over(false);
    }
    case 1:
      return pick({"first_value(", "last_value("}) + argument() + ")" + over(true);
    case 2:
      return "nth_value(" + argument() + ", 2)" + over(true);
    default: {
      // What lists values does so in the rows' order.
      const std::string call = aggregate(kind, columns, depth, true);
      if (call.starts_with("to_jsonb(") || call.starts_with("CAST(")) return argument();
      if (chance(25) && !lists_values(kind)) return call + " OVER (" + partition_ + ")";
      if (chance(25) && !lists_values(kind)) {
        if (const std::string over = over_distance(columns); !over.empty()) return call + over;
      }
      return call + over(true);
    }
  }
}

std::string QueryWriter::windowed(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const From source = from(depth - 1, outer);
  const std::string partition = partition_, order = order_;
  choose_order(source.columns);
  std::string text = "SELECT ";
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text +=
        chance(70) ? window_call(kinds[i], source.columns, depth - 1) : expression(kinds[i], source.columns, depth - 1);
  }
  partition_ = partition;
  order_ = order;
  Columns columns = source.columns;
  columns.insert(columns.end(), outer.begin(), outer.end());
  return text + " FROM " + source.text + where(columns, depth - 1, 40);
}

}  // namespace laterbase::sql
