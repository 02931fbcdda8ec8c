#include "views/tree/answer.h"

#include <fmt/format.h>

#include "views/sql/json_value.h"

namespace laterbase::tree {
namespace {

void check_size(const std::string& out) {
  if (out.size() <= longest_answer_bytes) return;
  throw sql::SqlException("54000", fmt::format("the answer is over {} bytes", longest_answer_bytes), -1,
                          "Give the nodes a LIMIT, and go on with AFTER.");
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) { out += sql::quote_json(text); }

std::vector<ivm::Value> values_at(ivm::RowView row, const std::vector<std::size_t>& columns,
                                  const ivm::Schema& schema) {
  std::vector<ivm::Value> values;
  values.reserve(columns.size());
  for (const std::size_t column : columns) values.push_back(row.value(column, schema[column].type.kind));
  return values;
}

ivm::Range range_of(const std::vector<ivm::Value>& values) {
  if (values.empty()) return {};
  return {ivm::Bound{values, true}, ivm::Bound{values, true}};
}

void Answer::append_column(std::string& out, std::size_t level, ivm::RowView row, std::size_t column) const {
  const ivm::Type type = rows(level).schema()[column].type;
  write_(out, row.value(column, type.kind), type);
}

void Answer::append_object(std::string& out, std::size_t level, ivm::RowView row) const {
  char before = '{';
  for (const Shown& field : query_.levels[level].fields) {
    out += std::exchange(before, ',');
    append_quoted(out, field.name);
    out += ':';
    if (field.column)
      append_column(out, level, row, *field.column);
    else
      append_below(out, field.level, row);
  }
  out += '}';
  check_size(out);
}

void Answer::append_below(std::string& out, std::size_t level, ivm::RowView parent) const {
  const Level& below = query_.levels[level];
  append_list(out, level, values_at(parent, below.parent_columns, rows(below.parent).schema()));
}

void Answer::append_list(std::string& out, std::size_t level, const std::vector<ivm::Value>& key) const {
  const NodeKind kind = query_.levels[level].kind;
  bool any = false;
  if (kind == NodeKind::many) out += '[';
  rows(level).read(0, range_of(key), false, [&](ivm::RowView row, std::int64_t weight) {
    for (; weight > 0; --weight) {
      if (any) out += ',';
      any = true;
      if (kind == NodeKind::count)
        out += std::to_string(row.word(key.size()));
      else if (kind == NodeKind::exists)
        out += "true";
      else
        append_object(out, level, row);
      if (kind != NodeKind::many) return false;
    }
    return true;
  });
  if (kind == NodeKind::many) out += ']';
  if (any || kind == NodeKind::many) return;
  out += kind == NodeKind::one ? "null" : kind == NodeKind::count ? "0" : "false";
}

}  // namespace laterbase::tree
