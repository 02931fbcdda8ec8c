#include "views/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/ivm/expression.h"
#include "views/sql/error.h"
#include "views/sql/types.h"
#include "views/values.h"

namespace laterbase::views {
namespace {

using ivm::TypeKind;
using ivm::Value;

struct Spelling {
  std::string_view text;
  Operator what;
};
constexpr std::array<Spelling, 10> spellings{{{"eq", Operator::equal},
                                              {"neq", Operator::not_equal},
                                              {"gt", Operator::greater},
                                              {"gte", Operator::greater_or_equal},
                                              {"lt", Operator::less},
                                              {"lte", Operator::less_or_equal},
                                              {"like", Operator::like},
                                              {"ilike", Operator::ilike},
                                              {"in", Operator::in},
                                              {"is", Operator::is}}};

// Thrown and caught in this file.
struct Wrong {
  std::string why;
};

std::size_t column_of(const ivm::Schema& schema, std::string_view name, std::string_view parameter) {
  for (std::size_t i = 0; i < schema.size(); ++i)
    if (!name.empty() && schema[i].name == name) return i;
  std::string all;
  for (const ivm::Column& column : schema) all += (all.empty() ? "" : ", ") + column.name;
  throw Wrong{fmt::format("{}: there is no column \"{}\"; there are {}.", parameter, name, all)};
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  bool quoted = false;
  std::string part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quoted && i + 1 < text.size()) {
      part += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == at && !quoted) {
      parts.push_back(std::exchange(part, {}));
    } else {
      part += c;
    }
  }
  parts.push_back(std::move(part));
  return parts;
}

Value value_of(const std::string& text, const ivm::Column& column) {
  try {
    return sql::parse_value(text, column.type).owned();
  } catch (const ivm::EvalError& trouble) {
    throw Wrong{fmt::format("{}: {}.", column.name, trouble.what())};
  } catch (const sql::SqlException& trouble) {
    throw Wrong{fmt::format("{}: {}.", column.name, trouble.what())};
  }
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Condition condition_of(const std::string& name, std::string_view text, const ivm::Schema& schema) {
  Condition condition;
  condition.column = column_of(schema, name, name + "=");
  const ivm::Column& column = schema[condition.column];
  condition.negated = take_prefix(text, "not.");
  const std::string_view word = text.substr(0, text.find('.'));
  const auto found =
      std::find_if(spellings.begin(), spellings.end(), [&](const auto& one) { return one.text == word; });
  if (found == spellings.end() || word.size() == text.size())
    throw Wrong{fmt::format(
        "{}= takes eq.x, neq, gt, gte, lt, lte, like, ilike, in.(a,b) or is.null, and not. before it.", name)};
  condition.what = found->what;
  std::string_view operand = text.substr(word.size() + 1);
  switch (condition.what) {
    case Operator::like:
    case Operator::ilike:
      if (column.type.kind != TypeKind::text) throw Wrong{name + "= is not text, which like and ilike are for."};
      condition.pattern = operand;
      std::replace(condition.pattern.begin(), condition.pattern.end(), '*', '%');
      break;
    case Operator::is:
      if (operand == "null")
        condition.values.emplace_back();
      else if ((operand == "true" || operand == "false") && column.type.kind == TypeKind::boolean)
        condition.values.push_back(Value::of_bool(operand == "true"));
      else
        throw Wrong{name + "=is. takes null, and of booleans true or false."};
      break;
    case Operator::in:
      if (!operand.starts_with('(') || !operand.ends_with(')')) throw Wrong{name + "=in. takes (a,b,c)."};
      operand = operand.substr(1, operand.size() - 2);
      if (operand.empty()) break;
      for (const std::string& one : split(operand, ',')) condition.values.push_back(value_of(one, column));
      break;
    default:
      condition.values.push_back(value_of(std::string(operand), column));
  }
  return condition;
}

ivm::Order order_of(const std::string& text, const ivm::Schema& schema) {
  const auto words = split(text, '.');
  ivm::Order order{column_of(schema, words.front(), "order="), false, false};
  bool nulls_said = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "desc")
      order.descending = true;
    else if (words[i] == "nullsfirst" || words[i] == "nullslast")
      nulls_said = true, order.nulls_first = words[i] == "nullsfirst";
    else if (words[i] != "asc")
      throw Wrong{"order= takes column.asc or column.desc, then .nullsfirst or .nullslast, with commas between."};
  }
  if (!nulls_said) order.nulls_first = order.descending;
  return order;
}

void read_select(Reading& reading, const ReadRequest& request, const ivm::Schema& schema) {
  if (!request.select || *request.select == "*") {
    for (std::size_t i = 0; i < schema.size(); ++i) {
      reading.columns.push_back(i);
      reading.names.push_back(schema[i].name);
    }
    return;
  }
  for (const std::string& one : split(*request.select, ',')) {
    const std::size_t colon = one.find(':');
    const std::string column = colon == std::string::npos ? one : one.substr(colon + 1);
    reading.columns.push_back(column_of(schema, column, "select="));
    reading.names.push_back(colon == std::string::npos ? column : one.substr(0, colon));
  }
}

// LIKE: % any letters, _ one, \ takes the next as it is.
bool is_like(std::string_view text, std::string_view pattern, bool ignore_case) {
  const auto fold = [&](char c) { return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
  const auto next_letter = [&](std::size_t at) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
    return at;
  };
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == '_') {
      t = next_letter(t);
      ++p;
    } else if (p < pattern.size() && fold(pattern[p + (escaped ? 1 : 0)]) == fold(text[t])) {
      p += escaped ? 2 : 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = mark = next_letter(mark);
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool compares(Operator what, const Value& left, const Value& right) {
  const auto order = compare(left, right);
  switch (what) {
    case Operator::equal:
      return order == 0;
    case Operator::not_equal:
      return order != 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_or_equal:
      return order >= 0;
    case Operator::less:
      return order < 0;
    default:
      return order <= 0;
  }
}

bool holds(const Condition& condition, const Value& value) {
  if (condition.what == Operator::is) {
    const Value& wanted = condition.values.front();
    const bool same = wanted.is_null() ? value.is_null() : !value.is_null() && value == wanted;
    return same != condition.negated;
  }
  if (value.is_null()) return false;
  bool result = false;
  if (condition.what == Operator::like || condition.what == Operator::ilike)
    result = is_like(value.as_text(), condition.pattern, condition.what == Operator::ilike);
  else if (condition.what == Operator::in)
    result = std::find(condition.values.begin(), condition.values.end(), value) != condition.values.end();
  else
    result = compares(condition.what, value, condition.values.front());
  return result != condition.negated;
}

std::vector<std::size_t> all_columns(const ivm::Schema& schema) {
  std::vector<std::size_t> columns(schema.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  return columns;
}

}  // namespace

bool Reading::accepts(ivm::RowView row, const ivm::Schema& schema) const {
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    return holds(condition, row.value(condition.column, schema[condition.column].type.kind));
  });
}

Outcome<Reading> understand(const ReadRequest& request, const ivm::Schema& schema) {
  try {
    Reading reading;
    read_select(reading, request, schema);
    for (const auto& [name, text] : request.filters) reading.conditions.push_back(condition_of(name, text, schema));
    if (request.order)
      for (const std::string& one : split(*request.order, ',')) reading.order.push_back(order_of(one, schema));
    reading.limit = request.limit;
    reading.offset = request.offset;
    return reading;
  } catch (const Wrong& wrong) {
    return Refusal::of(Refusal::Kind::parameter, wrong.why);
  }
}

ivm::Row shown(ivm::RowView row, const Reading& reading, const ivm::Schema& schema) {
  ivm::RowBuilder builder;
  builder.begin(reading.columns.size());
  for (std::size_t i = 0; i < reading.columns.size(); ++i)
    builder.copy(i, row, reading.columns[i], ivm::is_fixed_width(schema[reading.columns[i]].type.kind));
  return ivm::Row(builder.finish());
}

std::string page_json(const Page& page) {
  if (!page.tree.empty()) return page.tree + '\n';
  const auto columns = all_columns(page.schema);
  std::string out = "[";
  for (const ivm::Row& row : page.rows) {
    if (out.size() > 1) out += ",\n";
    append_object(out, row.view(), page.schema, columns);
  }
  return out + "]\n";
}

std::string page_lines(const Page& page) {
  const auto columns = all_columns(page.schema);
  std::string out;
  for (const ivm::Row& row : page.rows) {
    append_object(out, row.view(), page.schema, columns);
    out += '\n';
  }
  return out;
}

std::string page_csv(const Page& page) {
  std::string out;
  for (std::size_t i = 0; i < page.schema.size(); ++i) {
    if (i != 0) out += ',';
    append_csv(out, Value::of_text(page.schema[i].name), {TypeKind::text, TypeKind::unknown});
  }
  out += "\r\n";
  for (const ivm::Row& row : page.rows) {
    for (std::size_t i = 0; i < page.schema.size(); ++i) {
      if (i != 0) out += ',';
      append_csv(out, row.view().value(i, page.schema[i].type.kind), page.schema[i].type);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace laterbase::views
