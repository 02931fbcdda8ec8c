#include "tests/views_sql/query_kinds.h"
#include "tests/views_sql/query_parts.h"
#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {

QueryWriter::From QueryWriter::source(int depth, const Columns& outer) {
  From from;
  choices_.part(from_part, [&] {
    if (depth > 1 && chance(25)) {
      from = derived(depth, outer);
      return;
    }
    const std::string name = alias();
    const Table& table = any_table();
    from.text = table.name + " AS " + name;
    for (const NamedColumn& column : table.columns) from.columns.push_back({name + "." + column.name, column.kind});
  });
  return from;
}

// A sub-query; `outer` where it is LATERAL.
QueryWriter::From QueryWriter::derived(int depth, const Columns& outer) {
  From from;
  const std::string name = alias();
  const std::vector<Kind> kinds = any_kinds(2, 1);
  std::string names;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string column(1, static_cast<char>('a' + i));
    names += (i == 0 ? "" : ", ") + column;
    from.columns.push_back({name + "." + column, kinds[i]});
  }
  from.text = "(" + select(kinds, depth - 1, outer) + ") AS " + name + "(" + names + ")";
  return from;
}

QueryWriter::From QueryWriter::lateral(const From& left, int depth) {
  const From right = derived(depth, left.columns);
  Columns all = left.columns;
  all.insert(all.end(), right.columns.begin(), right.columns.end());
  switch (below(3)) {
    case 0:
      return {left.text + " CROSS JOIN LATERAL " + right.text, all};
    case 1:
      return {left.text + " LEFT JOIN LATERAL " + right.text + " ON true", all};
    default:
      return {left.text + " JOIN LATERAL " + right.text + " ON " + condition(all, 1), all};
  }
}

// A function that gives rows, of the row beside it.
QueryWriter::From QueryWriter::unfolded(const From& left) {
  const std::string name = alias();
  From all = left;
  const std::string join = pick({" CROSS JOIN LATERAL ", " LEFT JOIN LATERAL "});
  const std::string on = join.starts_with(" LEFT") ? " ON true" : "";
  switch (below(5)) {
    case 0:
      all.text += join + "unnest(" + expression(Kind::integers, left.columns, 1) + ") AS " + name + "(e)" + on;
      all.columns.push_back({name + ".e", Kind::integer});
      break;
    case 1:
      all.text +=
          join + "unnest(" + expression(Kind::texts, left.columns, 1) + ") WITH ORDINALITY AS " + name + "(e, n)" + on;
      all.columns.push_back({name + ".e", Kind::text});
      all.columns.push_back({name + ".n", Kind::bigint});
      break;
    case 2:
      all.text +=
          join + "generate_series(1, " + expression(Kind::integer, left.columns, 0) + " % 4) AS " + name + "(e)" + on;
      all.columns.push_back({name + ".e", Kind::integer});
      break;
    case 3: {
      const std::string value = expression(Kind::json, left.columns, 0);
      all.text += join + "jsonb_array_elements(CASE WHEN jsonb_typeof(" + value + ") = 'array' THEN " + value +
                  " ELSE '[]' END) AS " + name + "(e)" + on;
      all.columns.push_back({name + ".e", Kind::json});
      break;
    }
    default: {
      const std::string value = expression(Kind::json, left.columns, 0);
      all.text += join + "jsonb_object_keys(CASE WHEN jsonb_typeof(" + value + ") = 'object' THEN " + value +
                  " ELSE '{}' END) AS " + name + "(e)" + on;
      all.columns.push_back({name + ".e", Kind::text});
    }
  }
  return all;
}

QueryWriter::From QueryWriter::joined(const From& left, int depth) {
  if (depth > 1 && chance(12)) return lateral(left, depth);
  if (chance(8)) return unfolded(left);
  const From right = source(depth - 1, {});
  Columns all = left.columns;
  all.insert(all.end(), right.columns.begin(), right.columns.end());
  if (chance(8)) return {left.text + " CROSS JOIN " + right.text, all};
  const std::string kind = pick({"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN"});
  const NamedColumn& a = left.columns[below(left.columns.size())];
  std::string on;
  for (const NamedColumn& b : right.columns) {
    if (b.kind == a.kind && on.empty() && !chance(20)) on = a.name + " = " + b.name;
  }
  // A full join needs a condition that can be looked up.
  if (on.empty() && kind == "FULL JOIN") {
    const Kind other = right.columns[0].kind;
    if (left.columns[0].kind != other) return {left.text + " CROSS JOIN " + right.text, all};
    on = left.columns[0].name + " = " + right.columns[0].name;
  }
  if (on.empty()) on = condition(all, kind == "JOIN" && depth > 2 ? 2 : 1);
  if (kind != "FULL JOIN" && chance(25)) on += " AND " + condition(all, 1);
  if (depth > 1 && chance(10)) on += " AND " + subquery_condition(all, 1);
  return {left.text + " " + kind + " " + right.text + " ON " + on, all};
}

QueryWriter::From QueryWriter::from(int depth, const Columns& outer) {
  From all = source(depth, outer);
  int left = depth;
  choices_.some(join_part, 1, 3, [&] {
    if (left > 1) all = joined(all, --left);
  });
  return all;
}

}  // namespace laterbase::sql
