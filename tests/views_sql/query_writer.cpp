#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {
namespace {

const char* type_name(Kind kind) {
  switch (kind) {
    case Kind::integer:
      return "INTEGER";
    case Kind::bigint:
      return "BIGINT";
    case Kind::real:
      return "DOUBLE PRECISION";
    case Kind::numeric:
      return "NUMERIC";
    case Kind::text:
      return "TEXT";
    case Kind::boolean:
      return "BOOLEAN";
    case Kind::date:
      return "DATE";
    case Kind::moment:
      return "TIMESTAMPTZ";
  }
  return "TEXT";
}

}  // namespace

std::string QueryWriter::pick(std::initializer_list<const char*> words) {
  return *(words.begin() + below(words.size()));
}

Kind QueryWriter::any_kind() {
  static constexpr Kind often[] = {Kind::integer, Kind::bigint,  Kind::integer, Kind::text, Kind::text,
                                   Kind::real,    Kind::numeric, Kind::boolean, Kind::date, Kind::moment};
  return often[below(10)];
}

std::string QueryWriter::schema() {
  std::string text;
  const std::size_t count = 2 + below(2);
  for (std::size_t i = 0; i < count; ++i) {
    Table table{"t" + std::to_string(i), {}};
    const std::size_t width = 3 + below(4);
    std::string columns = chance(40) ? "id INTEGER PRIMARY KEY" : "id INTEGER";
    table.columns.push_back({"id", Kind::integer});
    for (std::size_t c = 0; c < width; ++c) {
      const std::string name(1, static_cast<char>('a' + c));
      // The first ones are what joins are about.
      const Kind kind = c == 0 ? Kind::integer : c == 1 ? Kind::text : any_kind();
      table.columns.push_back({name, kind});
      columns += ", " + name + " " + type_name(kind);
    }
    text += "CREATE TABLE " + table.name + " (" + columns + ");\n";
    tables_.push_back(table);
  }
  return text;
}

std::string QueryWriter::literal(Kind kind) {
  if (chance(12)) return "NULL";
  switch (kind) {
    case Kind::integer:
      return chance(4) ? pick({"2147483647", "-2147483648"}) : std::to_string(below(7));
    case Kind::bigint:
      return chance(4) ? pick({"9223372036854775807", "-9223372036854775808"}) : std::to_string(below(9));
    case Kind::real:
      return pick({"0", "1.5", "2.25", "-3", "100.125", "0.1", "1e10", "'NaN'", "'-0'", "7"});
    case Kind::numeric:
      return pick({"0", "1.0", "1.00", "2.50", "-3.125", "10", "99999999999999.999", "0.001"});
    case Kind::text:
      return pick({"''", "'a'", "'b'", "'ab'", "'Ab'", "'ä'", "'x y'", "'10'", "'a%'", "'zzz'"});
    case Kind::boolean:
      return pick({"true", "false"});
    case Kind::date:
      return pick({"'2024-02-29'", "'2024-01-31'", "'1999-12-31'", "'2024-12-30'", "'1970-01-01'"});
    case Kind::moment:
      return pick({"'2024-02-29 12:34:56.789+00'", "'1969-12-31 23:59:59.5+00'", "'2024-03-01 00:00:00+00'",
                   "'2000-01-01 01:02:03+02'"});
  }
  return "NULL";
}

std::string QueryWriter::insert(const Table& table, std::size_t count) {
  std::string text = "INSERT INTO " + table.name + " VALUES ";
  for (std::size_t row = 0; row < count; ++row) {
    text += row == 0 ? "(" : ", (";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      text += i == 0 ? std::to_string(below(40)) : ", " + literal(table.columns[i].kind);
    }
    text += ")";
  }
  return text + " ON CONFLICT DO NOTHING;\n";
}

std::string QueryWriter::rows() {
  std::string text;
  for (const Table& table : tables_) {
    if (chance(90)) text += insert(table, 1 + below(8));
  }
  return text;
}

std::string QueryWriter::change() {
  const Table& table = tables_[below(tables_.size())];
  const std::string where =
      " WHERE " + (chance(70) ? "id % " + std::to_string(2 + below(4)) + " = " + std::to_string(below(3))
                              : condition(table.columns, 1));
  switch (below(4)) {
    case 0:
      return "DELETE FROM " + table.name + where + ";\n";
    case 1: {
      const NamedColumn& column = table.columns[1 + below(table.columns.size() - 1)];
      return "UPDATE " + table.name + " SET " + column.name + " = " + literal(column.kind) + where + ";\n";
    }
    default:
      return insert(table, 1 + below(4));
  }
}

std::string QueryWriter::query(int depth, std::size_t width) {
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < width; ++i) kinds.push_back(any_kind());
  if (chance(12)) {
    const std::string name = alias();
    Columns columns;
    std::vector<Kind> inner;
    for (std::size_t i = 0; i < 3; ++i) {
      inner.push_back(any_kind());
      columns.push_back({std::string(1, static_cast<char>('a' + i)), inner.back()});
    }
    tables_.push_back({name, columns});
    const std::string with = "WITH " + name + "(a, b, c) AS (" + select(inner, depth - 1, {}) + ") ";
    const std::string text = with + select(kinds, depth, {});
    tables_.pop_back();
    return text;
  }
  if (chance(12)) return set_operation(kinds, depth);
  if (chance(12)) return limited(kinds, depth);
  return select(kinds, depth, {});
}

std::string QueryWriter::set_operation(const std::vector<Kind>& kinds, int depth) {
  const std::string op = pick({"UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"});
  return "(" + select(kinds, depth - 1, {}) + ") " + op + " (" + select(kinds, depth - 1, {}) + ")";
}

// Ordered by all that is shown: which rows are kept is decided but for equal ones.
std::string QueryWriter::limited(const std::vector<Kind>& kinds, int depth) {
  std::string order;
  for (std::size_t i = 1; i <= kinds.size(); ++i) {
    order += (i == 1 ? "" : ", ") + std::to_string(i) + pick({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"});
  }
  return "SELECT * FROM (" + select(kinds, depth - 1, {}) + ") AS " + alias() + " ORDER BY " + order + " LIMIT " +
         std::to_string(below(5)) + (chance(30) ? " OFFSET " + std::to_string(below(3)) : "");
}

QueryWriter::From QueryWriter::source(int depth) {
  const std::string name = alias();
  From from;
  if (depth > 1 && chance(25)) {
    std::vector<Kind> kinds;
    std::string names;
    for (std::size_t i = 0; i < 2 + below(2); ++i) {
      kinds.push_back(any_kind());
      const std::string column(1, static_cast<char>('a' + i));
      names += (i == 0 ? "" : ", ") + column;
      from.columns.push_back({name + "." + column, kinds.back()});
    }
    from.text = "(" + (chance(20) ? set_operation(kinds, depth - 1) : select(kinds, depth - 1, {})) + ") AS " + name +
                "(" + names + ")";
    return from;
  }
  const Table& table = tables_[below(tables_.size())];
  from.text = table.name + " AS " + name;
  for (const NamedColumn& column : table.columns) from.columns.push_back({name + "." + column.name, column.kind});
  return from;
}

QueryWriter::From QueryWriter::joined(const From& left, int depth) {
  const From right = source(depth - 1);
  Columns all = left.columns;
  all.insert(all.end(), right.columns.begin(), right.columns.end());
  if (chance(10)) return {left.text + " CROSS JOIN " + right.text, all};
  const std::string kind = pick({"JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"});
  const NamedColumn& a = left.columns[below(left.columns.size())];
  std::string on;
  for (const NamedColumn& b : right.columns) {
    if (b.kind == a.kind && on.empty() && chance(80)) on = a.name + " = " + b.name;
  }
  // A full join needs a condition that can be looked up.
  if (on.empty()) on = kind == "FULL JOIN" ? left.columns[0].name + " = " + right.columns[0].name : condition(all, 1);
  if (kind == "FULL JOIN" && left.columns[0].kind != right.columns[0].kind && on.find(" = ") != std::string::npos &&
      on == left.columns[0].name + " = " + right.columns[0].name) {
    return {left.text + " CROSS JOIN " + right.text, all};
  }
  if (chance(25) && kind != "FULL JOIN") on += " AND " + condition(all, 1);
  return {left.text + " " + kind + " " + right.text + " ON " + on, all};
}

QueryWriter::From QueryWriter::from(int depth) {
  From all = source(depth);
  while (depth > 1 && chance(35)) all = joined(all, --depth);
  return all;
}

std::string QueryWriter::select(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  if (chance(30)) return grouped(kinds, depth, outer);
  const From source = from(depth);
  Columns columns = source.columns;
  columns.insert(columns.end(), outer.begin(), outer.end());
  std::string text = std::string("SELECT ") + (chance(15) ? "DISTINCT " : "");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    text += (i == 0 ? "" : ", ") + expression(kinds[i], columns, depth - 1);
  }
  text += " FROM " + source.text;
  if (chance(60)) text += " WHERE " + condition(columns, depth - 1);
  return text;
}

std::string QueryWriter::grouped(const std::vector<Kind>& kinds, int depth, const Columns& outer) {
  const From source = from(depth);
  Columns columns = source.columns;
  columns.insert(columns.end(), outer.begin(), outer.end());
  Columns keys;
  const bool global = chance(20);
  for (std::size_t i = 0; !global && i < 1 + below(2); ++i) {
    keys.push_back(source.columns[below(source.columns.size())]);
  }
  std::string text = "SELECT ";
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text +=
        !keys.empty() && chance(40) ? expression(kinds[i], keys, 1) : aggregate(kinds[i], source.columns, depth - 1);
  }
  text += " FROM " + source.text;
  if (chance(50)) text += " WHERE " + condition(columns, depth - 1);
  for (std::size_t i = 0; i < keys.size(); ++i) text += (i == 0 ? " GROUP BY " : ", ") + keys[i].name;
  if (chance(25)) text += " HAVING " + aggregate(Kind::bigint, source.columns, 1) + pick({" > ", " <> ", " <= "}) + "2";
  return text;
}

}  // namespace laterbase::sql
