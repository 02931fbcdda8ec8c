#include "tests/views_tree/tree_writer.h"

#include <fmt/format.h>

namespace laterbase::tree::tests {
namespace {

const std::vector<std::string> words{"'a'", "'b'", "'ab'", "'ba'", "''"};

}  // namespace

std::string TreeWriter::literal(Kind kind) {
  if (chance(12)) return "NULL";
  if (kind == Kind::number) return std::to_string(static_cast<int>(below(6)) - 1);
  if (kind == Kind::text) return pick(words);
  if (kind == Kind::flag) return chance(50) ? "true" : "false";
  return fmt::format("'2024-01-0{} 0{}:00:00+00'", 1 + below(4), below(4));
}

std::string TreeWriter::schema() {
  std::string sql;
  const std::size_t tables = 2 + below(3);
  for (std::size_t t = 0; t < tables; ++t) {
    Relation table{fmt::format("t{}", t), {}, chance(85)};
    std::string columns;
    if (table.has_key) {
      table.columns.push_back({"id", Kind::number});
      columns = "id BIGINT PRIMARY KEY, ";
    }
    const std::size_t width = 2 + below(4);
    for (std::size_t c = 0; c < width; ++c) {
      const auto kind = c == 0 ? Kind::number : static_cast<Kind>(below(4));
      static const std::vector<std::string> numbers{"BIGINT", "INTEGER", "NUMERIC", "DOUBLE PRECISION"};
      const std::string type = kind == Kind::number ? (c == 0 ? "BIGINT" : pick(numbers))
                               : kind == Kind::text ? "TEXT"
                               : kind == Kind::flag ? "BOOLEAN"
                                                    : "TIMESTAMPTZ";
      table.columns.push_back({fmt::format("c{}", c), kind});
      columns += fmt::format("{}c{} {}", c == 0 ? "" : ", ", c, type);
    }
    sql += fmt::format("CREATE TABLE {} ({});\n", table.name, columns);
    relations_.push_back(std::move(table));
  }
  if (chance(40)) {
    sql += "CREATE MATERIALIZED VIEW w AS SELECT c0 AS g, count(*) AS n FROM t0 GROUP BY c0;\n";
    relations_.push_back({"w", {{"g", Kind::number}, {"n", Kind::number}}, false, true});
  }
  return sql;
}

std::string TreeWriter::row(const Relation& relation, std::uint64_t id) {
  std::string values = "(";
  for (const Column& column : relation.columns) {
    if (values.size() > 1) values += ", ";
    values += column.name == "id" ? std::to_string(id) : literal(column.kind);
  }
  return values + ")";
}

std::string TreeWriter::rows() {
  std::string sql;
  for (const Relation& relation : relations_) {
    if (relation.is_view) continue;
    std::string all;
    for (std::uint64_t n = below(9); n > 0; --n) all += (all.empty() ? "" : ", ") + row(relation, next_id_++ % 12);
    std::string conflict = relation.has_key ? " ON CONFLICT (id) DO NOTHING" : "";
    if (!all.empty()) sql += "INSERT INTO " + relation.name + " VALUES " + all + conflict + ";\n";
  }
  return sql;
}

std::string TreeWriter::change() {
  const Relation* relation = &any_relation();
  while (relation->is_view) relation = &any_relation();
  const Column& column = relation->columns[below(relation->columns.size())];
  const std::string where = fmt::format("{} = {}", column.name, literal(column.kind));
  const Column& other =
      relation->columns[relation->has_key ? 1 + below(relation->columns.size() - 1) : below(relation->columns.size())];
  switch (below(6)) {
    case 0:
      return fmt::format("DELETE FROM {} WHERE {};", relation->name, where);
    case 1:
    case 2:
      return fmt::format("UPDATE {} SET {} = {} WHERE {};", relation->name, other.name, literal(other.kind), where);
    default: {
      const std::string conflict =
          relation->has_key ? fmt::format(" ON CONFLICT (id) DO UPDATE SET {0} = excluded.{0}", other.name) : "";
      return fmt::format("INSERT INTO {} VALUES {}{};", relation->name, row(*relation, below(12)), conflict);
    }
  }
}

std::string TreeWriter::column_of(const Around& at, Kind kind) {
  std::vector<std::string> names;
  for (const Column& column : at.relation->columns)
    if (column.kind == kind) names.push_back(at.alias + "." + column.name);
  return names.empty() ? "" : pick(names);
}

// A value of the innermost node (`own`) or of one around it; a literal where there is none.
std::string TreeWriter::any_value(const Path& path, Kind kind, bool own) {
  const Around& at = own ? path.back() : path[below(path.size())];
  std::string value = column_of(at, kind);
  if (value.empty()) return kind == Kind::number ? fmt::format("({})", literal(kind)) : literal(kind);
  if (kind == Kind::number && chance(15)) value = fmt::format("({} + {})", value, below(3));
  if (kind == Kind::text && chance(15)) value = fmt::format("upper({})", value);
  return value;
}

std::string TreeWriter::comparison(const Path& path) {
  static const std::vector<std::string> signs{"=", "<>", "<", ">", "<=", ">="};
  const auto kind = static_cast<Kind>(below(3));
  const std::string left = any_value(path, kind, true);
  switch (below(6)) {
    case 0:
      return fmt::format("{} IS {}NULL", left, chance(50) ? "NOT " : "");
    case 1:
      return fmt::format("{} {}IN ({}, {})", left, chance(30) ? "NOT " : "", literal(kind), literal(kind));
    case 2:
      if (kind == Kind::text) return fmt::format("{} LIKE '%b'", left);
      [[fallthrough]];
    case 3:
      return fmt::format("{} {} {}", left, pick(signs), literal(kind));
    default:
      return fmt::format("{} {} {}", left, pick(signs), any_value(path, kind, false));
  }
}

WrittenTree TreeWriter::exists(const Path& path, int depth) {
  Path inner = path;
  const Relation& relation = any_relation();
  inner.push_back({fmt::format("x{}", ++aliases_), &relation});
  const std::string alias = inner.back().alias;
  const WrittenTree inside = where(inner, depth - 1, true);
  const std::string from = fmt::format("{} AS {}", relation.name, alias);
  const std::string select = fmt::format("EXISTS (SELECT 1 FROM {}{})", from, inside.select);
  if (chance(50)) return {fmt::format("EXISTS ({}{})", from, inside.text), select};
  return {fmt::format("(EXISTS {}{})", from, inside.text), select};
}

WrittenTree TreeWriter::condition(const Path& path, int depth) {
  if (depth > 0 && chance(25)) {
    WrittenTree inner = exists(path, depth);
    if (!chance(40)) return inner;
    return {"NOT " + inner.text, "NOT " + inner.select};
  }
  if (depth > 0 && chance(30)) {
    const WrittenTree a = condition(path, depth - 1), b = condition(path, depth - 1);
    const std::string word = chance(50) ? " AND " : " OR ";
    return {"(" + a.text + word + b.text + ")", "(" + a.select + word + b.select + ")"};
  }
  std::string plain = comparison(path);
  if (chance(10)) plain = "NOT (" + plain + ")";
  return {plain, plain};
}

// What ties a node to those around it.
std::string TreeWriter::correlation(const Path& path) {
  const Around& around = chance(80) ? path[path.size() - 2] : path[below(path.size() - 1)];
  const auto kind = chance(85) ? Kind::number : Kind::text;
  const std::string own = column_of(path.back(), kind), other = column_of(around, kind);
  if (own.empty() || other.empty()) return "true";
  static const std::vector<std::string> signs{"<", ">=", "<>"};
  return fmt::format("{} {} {}", own, chance(88) ? "=" : pick(signs), other);
}

WrittenTree TreeWriter::where(const Path& path, int depth, bool correlated) {
  std::string text, select;
  if (correlated && path.size() > 1 && chance(92)) text = select = correlation(path);
  if (chance(45)) {
    const WrittenTree more = condition(path, depth);
    const std::string word = text.empty() ? "" : " AND ";
    text += word + more.text;
    select += word + more.select;
  }
  if (text.empty()) return {};
  return {" WHERE " + text, " WHERE " + select};
}

std::string TreeWriter::computed(const Path& path) {
  switch (below(4)) {
    case 0:
      return fmt::format("coalesce({}, 0) * 2", any_value(path, Kind::number, false));
    case 1:
      return fmt::format("{} || '!'", any_value(path, Kind::text, true));
    case 2:
      return fmt::format("CASE WHEN {} THEN 'y' ELSE {} END", comparison(path), any_value(path, Kind::text, true));
    default:
      return any_value(path, static_cast<Kind>(below(4)), false);
  }
}

// What orders a node: what ORDER BY says, then what makes it total.
std::vector<TreeWriter::Order> TreeWriter::orders(const Around& at) {
  std::vector<Order> keys;
  for (std::uint64_t n = below(3); n > 0; --n) {
    const Column& column = at.relation->columns[below(at.relation->columns.size())];
    const bool descending = chance(50);
    keys.push_back({at.alias + "." + column.name, descending, chance(70) ? descending : !descending, column.kind});
  }
  return keys;
}

// Values for AFTER, and the condition that they mean.
std::string TreeWriter::after(const std::vector<Order>& keys, std::string& condition) {
  std::string values;
  std::vector<std::string> given;
  for (const Order& key : keys) {
    given.push_back(literal(key.kind));
    values += (values.empty() ? "" : ", ") + given.back();
  }
  condition = "false";
  for (std::size_t i = keys.size(); i-- > 0;) {
    const Order& key = keys[i];
    const bool null = given[i] == "NULL";
    std::string beyond = null ? (key.nulls_first ? key.expression + " IS NOT NULL" : "false")
                              : fmt::format("({} {} {}{})", key.expression, key.descending ? "<" : ">", given[i],
                                            key.nulls_first ? "" : " OR " + key.expression + " IS NULL");
    const std::string same = null ? key.expression + " IS NULL" : fmt::format("{} = {}", key.expression, given[i]);
    condition = fmt::format("({} OR ({} AND {}))", beyond, same, condition);
  }
  return keys.size() == 1 && chance(50) ? values : "(" + values + ")";
}

WrittenTree TreeWriter::rows_node(const Path& path, bool many, int depth) {
  const Around& at = path.back();
  const WrittenTree condition = where(path, 2, true);
  std::vector<Order> keys = orders(at);
  std::string text = fmt::format("{} {} {}{}", many ? "MANY" : "ONE", at.relation->name, at.alias, condition.text);
  std::string select = condition.select, order;
  for (const Order& key : keys) {
    text += order.empty() ? " ORDER BY " : ", ";
    const std::string one = key.expression + (key.descending ? " DESC" : "") +
                            (key.descending == key.nulls_first ? ""
                             : key.nulls_first                 ? " NULLS FIRST"
                                                               : " NULLS LAST");
    text += one;
    order += (order.empty() ? "" : ", ") + one;
  }
  std::string limit;
  if (!keys.empty() && chance(25)) {
    std::string behind;
    text += " AFTER " + after(keys, behind);
    select += (select.empty() ? " WHERE " : " AND ") + behind;
  }
  if (many && chance(50)) limit = fmt::format(" LIMIT {}", below(4));
  text += limit + " {";
  if (at.relation->has_key) {
    order += (order.empty() ? "" : ", ") + at.alias + ".id";
  } else {
    for (const Column& column : at.relation->columns)
      order += (order.empty() ? "" : ", ") + at.alias + "." + column.name;
  }
  std::string members;
  const std::size_t fields = 1 + below(4);
  for (std::size_t i = 0; i < fields; ++i) {
    const std::string name = fmt::format("f{}", i);
    WrittenTree value;
    if (depth > 0 && chance(50)) {
      value = node(path, depth - 1);
    } else if (chance(40)) {
      value.text = value.select = computed(path);
    } else {
      value.text = value.select = at.alias + "." + at.relation->columns[below(at.relation->columns.size())].name;
    }
    text += (i == 0 ? "" : ", ") + name + ": " + value.text;
    members += fmt::format("{}'{}', {}", i == 0 ? "" : ", ", name, value.select);
  }
  text += "}";
  const std::string source = fmt::format(
      "(SELECT json_build_object({}) AS o, row_number() OVER (ORDER BY {}) AS place FROM {} {}{} ORDER BY place{}) AS "
      "s{}",
      members, order, at.relation->name, at.alias, select, many ? limit : " LIMIT 1", ++aliases_);
  if (many) return {text, fmt::format("(SELECT coalesce(json_agg(o ORDER BY place), '[]'::json) FROM {})", source)};
  return {text, fmt::format("(SELECT o FROM {})", source)};
}

WrittenTree TreeWriter::value_node(const Path& path, bool count, int depth) {
  const Around& at = path.back();
  const WrittenTree condition = where(path, depth, true);
  const std::string from = fmt::format("{} {}", at.relation->name, at.alias);
  if (count)
    return {fmt::format("COUNT {}{}", from, condition.text),
            fmt::format("(SELECT count(*) FROM {}{})", from, condition.select)};
  return {fmt::format("EXISTS {}{}", from, condition.text),
          fmt::format("EXISTS (SELECT 1 FROM {}{})", from, condition.select)};
}

WrittenTree TreeWriter::node(Path path, int depth) {
  path.push_back({fmt::format("a{}", ++aliases_), &any_relation()});
  const std::uint64_t kind = below(10);
  if (kind < 5) return rows_node(path, true, depth);
  if (kind < 8) return rows_node(path, false, depth);
  return value_node(path, kind == 8, 2);
}

WrittenTree TreeWriter::tree() {
  Path path{{fmt::format("a{}", ++aliases_), &any_relation()}};
  WrittenTree made = chance(85) ? rows_node(path, true, 3) : node({}, 2);
  made.select = "SELECT to_json(" + made.select + ")";
  return made;
}

}  // namespace laterbase::tree::tests
