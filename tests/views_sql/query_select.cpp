#include "tests/views_sql/query_kinds.h"
#include "tests/views_sql/query_parts.h"
#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {
namespace {

Columns both(const Columns& left, const Columns& right) {
  Columns all = left;
  all.insert(all.end(), right.begin(), right.end());
  return all;
}

std::string column_name(std::size_t i) { return std::string(1, static_cast<char>('a' + i)); }

std::string listed(std::size_t count, const std::function<std::string(std::size_t)>& one) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + one(i);
  return text;
}

}  // namespace

std::vector<Kind> QueryWriter::any_kinds(std::size_t least, std::size_t more) {
  std::vector<Kind> kinds;
  for (std::size_t i = 0, count = least + below(more + 1); i < count; ++i) kinds.push_back(any_kind());
  return kinds;
}

// At the top, where WITH may stand.
std::string QueryWriter::query(const std::vector<Kind>& kinds, int depth) {
  if (chance(10)) return with(kinds, depth);
  if (chance(10)) return recursive(kinds, depth, {});
  return select(kinds, depth, {});
}

std::string QueryWriter::select(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  std::string written;
  choices_.part(select_part, [&] {
    const std::uint64_t form = below(100);
    if (form < 52 || depth <= 0) {
      written = plain(kinds, depth, outer);
    } else if (form < 72) {
      written = grouped(kinds, depth, outer);
    } else if (form < 82) {
      written = windowed(kinds, depth, outer);
    } else if (form < 86) {
      written = distinct_on(kinds, depth, outer);
    } else if (form < 93) {
      written = set_operation(kinds, depth, outer);
    } else if (form < 97) {
      written = limited(kinds, depth, outer);
    } else if (form < 98) {
      written = "(" + recursive(kinds, depth - 1, outer) + ")";
    } else {
      written = values(kinds, outer);
    }
  });
  return written;
}

std::string QueryWriter::where(const Columns& columns, int depth, unsigned percent) {
  return chance(percent) ? " WHERE " + condition(columns, depth) : "";
}

std::string QueryWriter::plain(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const From source = from(depth, outer);
  const Columns columns = both(source.columns, outer);
  std::string text = std::string("SELECT ") + (chance(12) ? "DISTINCT " : "");
  text += listed(kinds.size(), [&](std::size_t i) { return expression(kinds[i], columns, depth - 1); });
  return text + " FROM " + source.text + where(columns, depth - 1, 55);
}

std::string QueryWriter::grouped(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const From source = from(depth, outer);
  const Columns columns = both(source.columns, outer);
  Columns keys;
  for (std::size_t i = 0, count = below(3); i < count; ++i) {
    if (chance(25)) {
      const Kind kind = any_kind();
      keys.push_back({expression(kind, source.columns, 1), kind});
      // A literal as a key is something else: a column's number.
      if (keys.back().name.starts_with("CAST(") && keys.back().name.find('.') == std::string::npos) keys.pop_back();
    } else {
      keys.push_back(source.columns[below(source.columns.size())]);
    }
  }
  std::string text = "SELECT ";
  text += listed(kinds.size(), [&](std::size_t i) {
    if (!keys.empty() && chance(40)) return expression(kinds[i], keys, 1);
    return aggregate(kinds[i], source.columns, depth - 1);
  });
  text += " FROM " + source.text + where(columns, depth - 1, 45);
  text += group_by(keys);
  if (keys.empty() && chance(20)) text += " GROUP BY ()";
  if (chance(25)) text += " HAVING " + aggregate(Kind::bigint, source.columns, 1) + pick({" > ", " <> ", " <= "}) + "2";
  return text;
}

std::string QueryWriter::group_by(const Columns& keys) {
  if (keys.empty()) return "";
  const std::string names = listed(keys.size(), [&](std::size_t i) { return keys[i].name; });
  const bool only_columns = names.find('(') == std::string::npos;
  if (!only_columns || !chance(25)) return " GROUP BY " + names;
  switch (below(5)) {
    case 0:
      return " GROUP BY ROLLUP (" + names + ")";
    case 1:
      return " GROUP BY CUBE (" + names + ")";
    case 2:
      return " GROUP BY GROUPING SETS ((" + names + "), (), (" + keys.back().name + "))";
    case 3:
      return " GROUP BY " + keys.front().name + ", ROLLUP (" + names + ")";
    default:
      return " GROUP BY DISTINCT (" + names + "), CUBE ((" + names + "))";
  }
}

// The row that is kept is the first in a total order of what is shown.
std::string QueryWriter::distinct_on(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const From source = from(depth - 1, outer);
  const Columns columns = both(source.columns, outer);
  const std::string key = source.columns[below(source.columns.size())].name;
  std::string shown, order;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    shown += (i == 0 ? "" : ", ") + expression(kinds[i], columns, depth - 1);
    order += ", " + std::to_string(i + 1) + pick({"", " DESC", " NULLS FIRST"});
  }
  return "(SELECT DISTINCT ON (" + key + ") " + shown + " FROM " + source.text + where(columns, depth - 1, 30) +
         " ORDER BY " + key + order + ")";
}

std::string QueryWriter::values(const std::vector<Kind>& kinds, const Columns& outer) {
  std::string rows;
  for (std::size_t row = 0, count = 1 + below(2); row < count; ++row) {
    rows += (row == 0 ? "(" : ", (") +
            listed(kinds.size(),
                   [&](std::size_t i) {
                     return outer.empty() ? typed_literal(kinds[i]) : expression(kinds[i], outer, 1);
                   }) +
            ")";
  }
  return "VALUES " + rows;
}

std::string QueryWriter::set_operation(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const std::string op = pick({"UNION ALL", "UNION", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"});
  return "(" + select(kinds, depth - 1, outer) + ") " + op + " (" + select(kinds, depth - 1, outer) + ")";
}

// Ordered by all that is shown: which rows are kept is decided but for equal ones.
std::string QueryWriter::limited(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const std::string inner = select(kinds, depth - 1, outer);
  std::string order = listed(kinds.size(), [&](std::size_t i) {
    return std::to_string(i + 1) + pick({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"});
  });
  if (chance(20)) {
    return "(SELECT * FROM (" + inner + ") AS " + alias() + " ORDER BY 1" + pick({"", " DESC", " NULLS FIRST"}) +
           " FETCH FIRST " + pick({"1", "2", "3", "0"}) + " ROWS WITH TIES)";
  }
  return "(SELECT * FROM (" + inner + ") AS " + alias() + " ORDER BY " + order + " LIMIT " +
         pick({"2", "0", "1", "3", "5", "ALL"}) + (chance(30) ? " OFFSET " + std::to_string(below(3)) : "") + ")";
}

std::string QueryWriter::with(const std::vector<Kind>& kinds, int depth) {
  const std::size_t known = tables_.size();
  std::string clauses;
  for (std::size_t n = 0, count = 1 + below(2); n < count; ++n) {
    const std::string name = alias();
    const std::vector<Kind> inner = any_kinds(2, 1);
    Columns columns;
    for (std::size_t i = 0; i < inner.size(); ++i) columns.push_back({column_name(i), inner[i]});
    const std::string names = listed(inner.size(), column_name);
    clauses += (n == 0 ? "WITH " : ", ") + name + "(" + names + ") AS " + pick({"", "", "MATERIALIZED "}) + "(" +
               select(inner, depth - 1, {}) + ")";
    tables_.push_back({name, columns});
  }
  const std::string text = clauses + " " + select(kinds, depth, {});
  tables_.resize(known);
  return text;
}

// Either steps are counted, or what is reached is a set and can't grow beyond the columns' values.
std::string QueryWriter::recursive(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const Table& table = any_table();
  const std::string name = alias(), start = alias(), next = alias();
  const auto columns_of = [&](const std::string& of) {
    Columns columns = table.columns;
    for (NamedColumn& column : columns) column.name.insert(0, of + ".");
    return columns;
  };
  const Columns first = both(columns_of(start), outer), then = columns_of(next);
  const Columns seen{{name + ".a", Kind::integer}, {name + ".b", Kind::text}, {name + ".c", Kind::integer}};
  std::string text = "WITH RECURSIVE " + name + "(a, b, c) AS (SELECT " + expression(Kind::integer, first, 1) +
                     ", CAST(" + expression(Kind::text, first, 1) + " AS TEXT), 0 FROM " + table.name + " AS " + start +
                     where(first, 1, 40);
  const bool counted = chance(60);
  text += counted && chance(40) ? " UNION ALL " : " UNION ";
  const std::string join = name + pick({" JOIN ", " JOIN ", " LEFT JOIN "}) + table.name + " AS " + next + " ON " +
                           (chance(70) ? name + ".a = " + expression(Kind::integer, then, 0)
                                       : name + ".b = " + expression(Kind::text, then, 0));
  text += "SELECT " + expression(Kind::integer, then, 0) + ", " +
          (counted ? expression(Kind::text, both(seen, then), 1) : expression(Kind::text, then, 0)) + ", " + name +
          ".c" + (counted ? " + 1" : "") + " FROM " + join;
  const std::string limit = counted ? name + ".c < " + std::to_string(1 + below(3)) : "";
  const std::string also = chance(40) ? condition(both(both(seen, then), outer), 1) : "";
  if (!limit.empty() || !also.empty())
    text += " WHERE " + limit + (limit.empty() || also.empty() ? "" : " AND ") + also;
  const std::size_t known = tables_.size();
  tables_.push_back({name, {{"a", Kind::integer}, {"b", Kind::text}, {"c", Kind::integer}}});
  text += ") " + select(kinds, depth - 1, outer);
  tables_.resize(known);
  return text;
}

}  // namespace laterbase::sql
