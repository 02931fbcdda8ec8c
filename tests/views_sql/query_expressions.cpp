#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {

std::string QueryWriter::expression(Kind kind, const Columns& columns, int depth) {
  std::vector<std::string> fitting;
  for (const NamedColumn& column : columns) {
    if (column.kind == kind) fitting.push_back(column.name);
  }
  if (!fitting.empty() && (depth <= 0 || chance(60))) return fitting[below(fitting.size())];
  if (depth <= 0)
    return "CAST(" + literal(kind) + " AS " +
           (kind == Kind::integer   ? "INTEGER"
            : kind == Kind::bigint  ? "BIGINT"
            : kind == Kind::real    ? "DOUBLE PRECISION"
            : kind == Kind::numeric ? "NUMERIC"
            : kind == Kind::text    ? "TEXT"
            : kind == Kind::boolean ? "BOOLEAN"
            : kind == Kind::date    ? "DATE"
                                    : "TIMESTAMPTZ") +
           ")";
  const auto inner = [&](Kind of) { return expression(of, columns, depth - 1); };
  switch (below(8)) {
    case 0:
      return "COALESCE(" + inner(kind) + ", " + inner(kind) + ")";
    case 1:
      return "CASE WHEN " + condition(columns, depth - 1) + " THEN " + inner(kind) + " ELSE " + inner(kind) + " END";
    case 2:
      return "NULLIF(" + inner(kind) + ", " + inner(kind) + ")";
    case 3:
      return pick({"GREATEST(", "LEAST("}) + inner(kind) + ", " + inner(kind) + ")";
    case 4:
      if (depth > 1) return scalar_subquery(kind, columns, depth - 1);
      break;
    default:
      break;
  }
  switch (kind) {
    case Kind::boolean:
      return "(" + condition(columns, depth - 1) + ")";
    case Kind::text:
      return text(columns, depth - 1);
    case Kind::date:
    case Kind::moment:
      return moment(kind, columns, depth - 1);
    default:
      return number(kind, columns, depth - 1);
  }
}

std::string QueryWriter::number(Kind kind, const Columns& columns, int depth) {
  const auto inner = [&](Kind of) { return expression(of, columns, depth); };
  if (kind == Kind::integer) {
    switch (below(5)) {
      case 0:
        return "length(" + inner(Kind::text) + ")";
      case 1:
        return "(" + inner(kind) + " % 5)";
      case 2:
        return "(" + inner(kind) + " / 3)";
      case 3:
        return "strpos(" + inner(Kind::text) + ", 'a')";
      default:
        return "(" + inner(Kind::date) + " - DATE '2024-01-01')";
    }
  }
  if (kind == Kind::bigint) {
    switch (below(4)) {
      case 0:
        return "(" + inner(Kind::integer) + "::bigint * " + std::to_string(below(4)) + ")";
      case 1:
        return "(" + inner(Kind::integer) + "::bigint + " + inner(Kind::integer) + ")";
      case 2:
        return "(" + inner(Kind::integer) + "::bigint - 1)";
      default:
        return "CAST(" + inner(Kind::integer) + " AS BIGINT)";
    }
  }
  if (kind == Kind::numeric) {
    switch (below(5)) {
      case 0:
        return "round(" + inner(kind) + ", 1)";
      case 1:
        return "(" + inner(kind) + " + " + inner(Kind::integer) + ")";
      case 2:
        return "(" + inner(kind) + " * 1.5)";
      case 3:
        return "(" + inner(kind) + " / 3)";
      default:
        return "EXTRACT(" + pick({"year", "month", "epoch", "dow", "week"}) + " FROM " + inner(Kind::date) + ")";
    }
  }
  switch (below(4)) {
    case 0:
      return "(" + inner(kind) + " + " + inner(Kind::integer) + ")";
    case 1:
      return "abs(" + inner(kind) + ")";
    case 2:
      return "CAST(" + inner(Kind::integer) + " AS DOUBLE PRECISION)";
    default:
      return "(" + inner(kind) + " * 0.5)";
  }
}

std::string QueryWriter::text(const Columns& columns, int depth) {
  const auto inner = [&](Kind of) { return expression(of, columns, depth); };
  switch (below(9)) {
    case 0:
      return "upper(" + inner(Kind::text) + ")";
    case 1:
      return "lower(" + inner(Kind::text) + ")";
    case 2:
      return "(" + inner(Kind::text) + " || " + inner(Kind::text) + ")";
    case 3:
      return "substr(" + inner(Kind::text) + ", " + std::to_string(below(3)) + ", 2)";
    case 4:
      return "CAST(" + inner(Kind::integer) + " AS TEXT)";
    case 5:
      return "replace(" + inner(Kind::text) + ", 'a', 'xy')";
    case 6:
      return "trim(" + inner(Kind::text) + ")";
    case 7:
      return "concat(" + inner(Kind::text) + ", " + inner(Kind::integer) + ")";
    default:
      return "left(" + inner(Kind::text) + ", -1)";
  }
}

std::string QueryWriter::moment(Kind kind, const Columns& columns, int depth) {
  const auto inner = [&](Kind of) { return expression(of, columns, depth); };
  if (kind == Kind::date) {
    return chance(50) ? "(" + inner(kind) + " + " + std::to_string(below(40)) + ")"
                      : "CAST(" + inner(Kind::moment) + " AS DATE)";
  }
  return chance(50) ? "(" + inner(kind) + " + INTERVAL '" + pick({"1 month", "-1 day", "36:00", "1 year 2 mons"}) + "')"
                    : "date_trunc('" + pick({"day", "month", "hour", "week", "quarter"}) + "', " + inner(kind) + ")";
}

std::string QueryWriter::comparison(const Columns& columns, int depth) {
  const Kind kind = any_kind();
  const std::string left = expression(kind, columns, depth);
  switch (below(8)) {
    case 0:
      return left + " IS NULL";
    case 1:
      return left + " IS NOT NULL";
    case 2:
      return left + " BETWEEN " + expression(kind, columns, 0) + " AND " + expression(kind, columns, 0);
    case 3:
      return left + pick({" IN (", " NOT IN ("}) + expression(kind, columns, 0) + ", " + expression(kind, columns, 0) +
             ")";
    case 4:
      if (kind == Kind::text)
        return left + pick({" LIKE ", " NOT LIKE ", " ILIKE "}) + pick({"'a%'", "'%b'", "'_'", "'%'"});
      return left + pick({" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "}) + expression(kind, columns, depth);
    default:
      return left + pick({" = ", " <> ", " < ", " <= ", " > ", " >= "}) + expression(kind, columns, depth);
  }
}

std::string QueryWriter::condition(const Columns& columns, int depth) {
  if (depth > 1 && chance(25)) return subquery_condition(columns, depth - 1);
  if (depth <= 0 || chance(55)) return comparison(columns, depth > 0 ? depth - 1 : 0);
  switch (below(4)) {
    case 0:
      return "NOT (" + condition(columns, depth - 1) + ")";
    case 1:
      return "(" + condition(columns, depth - 1) + " OR " + condition(columns, depth - 1) + ")";
    default:
      return "(" + condition(columns, depth - 1) + " AND " + condition(columns, depth - 1) + ")";
  }
}

std::string QueryWriter::subquery_condition(const Columns& columns, int depth) {
  const Columns seen = chance(70) ? columns : Columns{};
  const Kind kind = any_kind();
  switch (below(5)) {
    case 0:
      return "EXISTS (" + select({Kind::integer}, depth, seen) + ")";
    case 1:
      return "NOT EXISTS (" + select({Kind::integer}, depth, seen) + ")";
    case 2:
      return expression(kind, columns, 1) + " IN (" + select({kind}, depth, seen) + ")";
    case 3:
      return expression(kind, columns, 1) + " NOT IN (" + select({kind}, depth, seen) + ")";
    default:
      return expression(kind, columns, 1) + pick({" = ", " <> ", " < ", " >= "}) + pick({"ANY", "ALL"}) + " (" +
             select({kind}, depth, seen) + ")";
  }
}

// Of one row whatever there is: an aggregate of everything.
std::string QueryWriter::scalar_subquery(Kind kind, const Columns& columns, int depth) {
  const From source = this->source(depth);
  Columns all = source.columns;
  if (chance(70)) all.insert(all.end(), columns.begin(), columns.end());
  // An aggregate of the query around is another thing: the argument is of this one.
  const std::string where = chance(80) ? " WHERE " + condition(all, depth) : "";
  return "(SELECT " + aggregate(kind, source.columns, 1) + " FROM " + source.text + where + ")";
}

std::string QueryWriter::aggregate(Kind kind, const Columns& columns, int depth) {
  // Only of columns of this level: the first ones of the list.
  std::string argument = expression(kind, columns, depth > 1 ? 1 : 0);
  std::string call;
  const std::string some = chance(15) ? "DISTINCT " : "";
  switch (kind) {
    case Kind::bigint:
      switch (below(4)) {
        case 0:
          call = "count(*)";
          break;
        case 1:
          call = "sum(" + some + columns[0].name + "::integer % 100)";
          break;
        default:
          call = "count(" + some + columns[below(columns.size())].name + ")";
      }
      if (columns[0].kind != Kind::integer && call.starts_with("sum")) call = "count(*)";
      break;
    case Kind::numeric:
      call = pick({"sum(", "avg(", "min(", "max("}) + some + argument + ")";
      break;
    case Kind::real:
      call = pick({"min(", "max("}) + argument + ")";
      break;
    case Kind::boolean:
      call = pick({"bool_and(", "bool_or(", "every("}) + argument + ")";
      break;
    case Kind::text:
      call = chance(30) ? "string_agg(" + argument + ", ',' ORDER BY " + argument + ")"
                        : pick({"min(", "max("}) + argument + ")";
      break;
    default:
      call = pick({"min(", "max("}) + argument + ")";
  }
  if (chance(12)) call += " FILTER (WHERE " + condition(columns, 0) + ")";
  return call;
}

}  // namespace laterbase::sql
