#include "tests/views_sql/query_kinds.h"
#include "tests/views_sql/query_parts.h"
#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {

std::string QueryWriter::pick(std::initializer_list<const char*> words) {
  return *(words.begin() + below(words.size()));
}

std::string QueryWriter::pick_word(const std::string& words) {
  std::vector<std::string> all(1);
  for (const char at : words) {
    if (at == '|')
      all.emplace_back();
    else
      all.back() += at;
  }
  return all[below(all.size())];
}

std::string QueryWriter::expression(Kind kind, const Columns& columns, int depth) {
  std::string written;
  choices_.part(static_cast<int>(kind), [&] {
    std::vector<std::string> fitting;
    for (const NamedColumn& column : columns) {
      if (column.kind == kind) fitting.push_back(column.name);
    }
    // What has no column is made of others, even where it is as deep as it should be.
    const bool made = fitting.empty() ? depth > -2 && !columns.empty() && !chance(20) : depth > 0 && chance(45);
    if (made) {
      written = composed(kind, columns, depth - 1);
    } else {
      written = fitting.empty() || chance(5) ? typed_literal(kind) : fitting[below(fitting.size())];
    }
  });
  return written;
}

std::string QueryWriter::composed(Kind kind, const Columns& columns, int depth) {
  if (kind == Kind::boolean && depth >= 0 && chance(60)) return "(" + condition(columns, depth) + ")";
  if (depth > 0 && chance(9)) return scalar_subquery(kind, columns, depth);
  if (depth >= 0 && chance(30)) {
    const auto all = generic_patterns();
    return fill(all[below(all.size())].text, kind, columns, depth);
  }
  const auto all = patterns_of(kind);
  std::size_t harmless = 0;
  for (const Pattern& pattern : all) harmless += pattern.may_fail ? 0 : 1;
  if (!reach_.may_fail || !chance(60)) {
    std::size_t which = below(harmless);
    for (const Pattern& pattern : all) {
      if (!pattern.may_fail && which-- == 0) return fill(pattern.text, kind, columns, depth);
    }
  }
  return fill(all[below(all.size())].text, kind, columns, depth);
}

std::string QueryWriter::fill(std::string_view pattern, Kind self, const Columns& columns, int depth) {
  std::string written;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool hole = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}';
    if (!hole) {
      written += pattern[i];
      continue;
    }
    const char letter = pattern[i + 1];
    written += expression(letter == '=' ? self : kind_of_letter(letter), columns, depth);
    i += 2;
  }
  return written;
}

std::string QueryWriter::comparison(const Columns& columns, int depth) {
  const Kind kind = kind_in(columns);
  const std::string left = expression(kind, columns, depth);
  const auto other = [&](int so_deep) { return expression(kind, columns, so_deep); };
  switch (below(8)) {
    case 1:
      return left + " IS NULL";
    case 2:
      return left + " IS NOT NULL";
    case 3:
      return left + pick({" BETWEEN ", " NOT BETWEEN "}) + other(0) + " AND " + other(0);
    case 4:
      return left + pick({" IN (", " NOT IN ("}) + other(0) + ", " + other(0) + ")";
    case 5:
      return left + pick({" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "}) + other(depth);
    default:
      return left + pick({" = ", " <> ", " < ", " <= ", " > ", " >= "}) + other(depth);
  }
}

std::string QueryWriter::condition(const Columns& columns, int depth) {
  std::string written;
  choices_.part(condition_part, [&] {
    if (depth > 1 && chance(25)) {
      written = subquery_condition(columns, depth - 1);
    } else if (depth <= 0 || !chance(45)) {
      written = comparison(columns, depth > 0 ? depth - 1 : 0);
    } else if (chance(35)) {
      const auto all = patterns_of(Kind::boolean);
      std::size_t which = below(all.size());
      while (all[which].may_fail && !reach_.may_fail) which = (which + 1) % all.size();
      written = fill(all[which].text, Kind::boolean, columns, depth - 1);
    } else {
      switch (below(4)) {
        case 0:
          written = "NOT (" + condition(columns, depth - 1) + ")";
          break;
        case 1:
          written = "(" + condition(columns, depth - 1) + " OR " + condition(columns, depth - 1) + ")";
          break;
        default:
          written = "(" + condition(columns, depth - 1) + " AND " + condition(columns, depth - 1) + ")";
      }
    }
  });
  return written;
}

std::string QueryWriter::subquery_condition(const Columns& columns, int depth) {
  const Columns seen = chance(70) ? columns : Columns{};
  const Kind kind = kind_in(columns);
  switch (below(6)) {
    case 0:
      return "EXISTS (" + select({Kind::integer}, depth, seen) + ")";
    case 1:
      return "NOT EXISTS (" + select({Kind::integer}, depth, seen) + ")";
    case 2:
      return expression(kind, columns, 1) + " IN (" + select({kind}, depth, seen) + ")";
    case 3:
      return expression(kind, columns, 1) + " NOT IN (" + select({kind}, depth, seen) + ")";
    case 4: {
      const Kind second = kind_in(columns);
      return "(" + expression(kind, columns, 0) + ", " + expression(second, columns, 0) + ")" +
             pick({" IN (", " NOT IN ("}) + select({kind, second}, depth, seen) + ")";
    }
    default:
      return expression(kind, columns, 1) + pick({" = ", " <> ", " < ", " >= "}) + pick({"ANY", "ALL"}) + " (" +
             select({kind}, depth, seen) + ")";
  }
}

// Of one row whatever there is: an aggregate of everything, or the first in a total order.
std::string QueryWriter::scalar_subquery(Kind kind, const Columns& columns, int depth) {
  const From source = this->source(depth, {});
  Columns all = source.columns;
  if (chance(70)) all.insert(all.end(), columns.begin(), columns.end());
  const std::string where = chance(80) ? " WHERE " + condition(all, depth) : "";
  if (chance(25)) {
    const std::string shown = expression(kind, source.columns, 1);
    return "(SELECT " + shown + " FROM " + source.text + where + " ORDER BY 1" +
           pick({"", " DESC", " NULLS FIRST", " DESC NULLS LAST"}) + " LIMIT 1" + (chance(20) ? " OFFSET 1" : "") + ")";
  }
  if (reach_.may_fail && chance(15)) {
    return "(SELECT " + expression(kind, all, 1) + " FROM " + source.text + where + ")";
  }
  if (kind == Kind::integers && chance(40)) {
    const std::string shown = expression(Kind::integer, source.columns, 1);
    return "ARRAY(SELECT " + shown + " FROM " + source.text + where + " ORDER BY 1)";
  }
  // An aggregate of the query around is another thing: the argument is of this one.
  return "(SELECT " + aggregate(kind, source.columns, 1) + " FROM " + source.text + where + ")";
}

std::string QueryWriter::filtered(std::string call, const Columns& columns) {
  if (chance(12)) call += " FILTER (WHERE " + condition(columns, 1) + ")";
  return call;
}

// A value of the group by its place; nothing where the kind has none.
std::string QueryWriter::ordered_set(Kind kind, const Columns& columns, int depth) {
  const auto within = [&](const std::string& call, Kind of) {
    return call + " WITHIN GROUP (ORDER BY " + expression(of, columns, depth) + pick({")", " DESC)"});
  };
  if (kind == Kind::json || kind == Kind::bytes || kind == Kind::integers || kind == Kind::texts ||
      kind == Kind::dates) {
    return "";
  }
  if (kind == Kind::real && chance(60)) {
    return within(pick({"percentile_cont(0.5)", "percentile_cont(0.25)", "percentile_cont(1)"}), Kind::integer);
  }
  if (kind == Kind::integer && chance(40)) {
    return pick({"bit_and(", "bit_or(", "bit_xor("}) + expression(Kind::integer, columns, depth) + ")";
  }
  return within(pick({"percentile_disc(0.5)", "percentile_disc(0.9)", "percentile_disc(0)", "mode()"}), kind);
}

// Only of columns of this level. In a window nothing is DISTINCT or has an order of its own.
std::string QueryWriter::aggregate(Kind kind, const Columns& columns, int depth, bool as_window) {
  const int inside = depth > 1 ? 1 : 0;
  const auto argument = [&](Kind of) { return expression(of, columns, inside); };
  const std::string some = !as_window && chance(15) ? "DISTINCT " : "";
  const auto listed = [&](Kind of) {
    const std::string value = argument(of);
    return as_window ? value : some + value + " ORDER BY " + value + pick({"", " DESC", " NULLS FIRST"});
  };
  const auto call = [&](const std::string& text) { return filtered(text, columns); };
  if (!as_window && chance(8)) {
    if (const std::string text = ordered_set(kind, columns, inside); !text.empty()) return call(text);
  }
  switch (kind) {
    case Kind::bigint:
      switch (below(4)) {
        case 0:
          return call("count(*)");
        case 1:
          return call("sum(" + some + argument(Kind::integer) + ")");
        default:
          return call("count(" + some + argument(kind_in(columns)) + ")");
      }
    case Kind::numeric:
      if (chance(40)) return call(pick({"avg(", "sum("}) + some + argument(Kind::bigint) + ")");
      if (chance(20)) return call("avg(" + some + argument(Kind::integer) + ")");
      if (chance(20)) {
        const Kind of = std::vector<Kind>{Kind::integer, Kind::numeric, Kind::bigint}[below(3)];
        return call(pick({"stddev(", "variance(", "stddev_pop(", "var_pop("}) + some + argument(of) + ")");
      }
      return call(pick({"sum(", "avg(", "min(", "max("}) + some + argument(kind) + ")");
    case Kind::real:
    case Kind::interval:
      return call(pick({"min(", "max(", "sum(", "avg("}) + argument(kind) + ")");
    case Kind::boolean:
      return call(pick({"bool_and(", "bool_or(", "every("}) + argument(kind) + ")");
    case Kind::text: {
      if (!chance(30)) return call(pick({"min(", "max("}) + argument(kind) + ")");
      const std::string value = argument(kind);
      return call("string_agg(" + some + value + ", ','" + (as_window ? "" : " ORDER BY " + value) + ")");
    }
    case Kind::integers:
      return call("array_agg(" + listed(Kind::integer) + ")");
    case Kind::texts:
      return call("array_agg(" + listed(Kind::text) + ")");
    case Kind::dates:
      return call("array_agg(" + listed(Kind::date) + ")");
    // PostgreSQL has no extremes of these.
    case Kind::json:
      return "to_jsonb(" + call("max(" + argument(Kind::text) + ")") + ")";
    case Kind::bytes:
      return "CAST(" + call("min(" + argument(Kind::date) + ")") + "::text AS BYTEA)";
    default:
      return call(pick({"min(", "max("}) + argument(kind) + ")");
  }
}

}  // namespace laterbase::sql
