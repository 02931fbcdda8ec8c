#include "views/shapes.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/sql/compile.h"
#include "views/values.h"

namespace laterbase::views {
namespace {

using sql::SqlError;
using triples::Shape;

template <typename To, typename From>
To merge_as(From merge) {
  switch (merge) {
    case From::counter:
      return To::counter;
    case From::set:
      return To::set;
    case From::max:
      return To::max;
    case From::min:
      return To::min;
    case From::last_writer:
      break;
  }
  return To::last_writer;
}

bool stands_alone(const Shape& shape, std::size_t column) {
  const std::vector<std::size_t> alone{column};
  return std::find(shape.unique.begin(), shape.unique.end(), alone) != shape.unique.end();
}

int next_number(const triples::Table& table, const Shape& shape) {
  int most = 0;
  const auto look = [&most](const Shape& one) {
    for (const triples::Column& column : one.columns) most = std::max(most, column.number);
  };
  for (const triples::Declaration& declaration : table.declarations()) look(declaration.shape);
  look(shape);
  return most + 1;
}

SqlError no_column(const std::string& name, const std::string& table) {
  return {"42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", name, table), "", 0};
}

SqlError column_exists(const std::string& name, const std::string& table) {
  return {"42701", fmt::format("column \"{}\" of relation \"{}\" already exists", name, table), "", 0};
}

// One change of a shape.
struct Alter {
  const triples::Table& table;
  const std::string& name;
  Shape& shape;

  sql::SqlResult<void> operator()(const sql::AddColumn& add) {
    if (shape.find(add.column.name)) {
      if (add.if_not_exists) return {};
      return column_exists(add.column.name, name);
    }
    triples::Column column = column_of(add.column);
    column.number = add.column.number != 0 ? add.column.number : next_number(table, shape);
    shape.columns.push_back(std::move(column));
    if (add.column.unique) shape.unique.push_back({shape.columns.size() - 1});
    return {};
  }

  sql::SqlResult<void> operator()(const sql::RenameColumn& rename) {
    const auto place = shape.find(rename.from);
    if (!place) return no_column(rename.from, name);
    if (shape.find(rename.to)) return column_exists(rename.to, name);
    shape.columns[*place].name = rename.to;
    return {};
  }

  sql::SqlResult<void> operator()(const sql::DropColumn& drop) {
    const auto place = shape.find(drop.name);
    if (!place && drop.if_exists) return {};
    if (!place) return no_column(drop.name, name);
    if (shape.is_key(*place))
      return SqlError{"0A000", fmt::format("column \"{}\" is part of the key, which names the rows", drop.name),
                      "Make a new table and insert the rows there.", 0};
    shape.columns.erase(shape.columns.begin() + static_cast<std::ptrdiff_t>(*place));
    std::erase_if(shape.unique,
                  [&](const auto& one) { return std::find(one.begin(), one.end(), *place) != one.end(); });
    const auto close_up = [&](std::size_t& column) { column -= column > *place ? 1 : 0; };
    std::for_each(shape.key.begin(), shape.key.end(), close_up);
    for (auto& one : shape.unique) std::for_each(one.begin(), one.end(), close_up);
    return {};
  }

  sql::SqlResult<void> operator()(const sql::RenameTable&) {
    return SqlError{"0A000", "a table's name is the type of its facts and stays",
                    "Make a view of the other name, or a new table.", 0};
  }
};

}  // namespace

triples::Column column_of(const sql::Column& column) {
  triples::Column out;
  out.name = column.name;
  out.type = column.type;
  out.number = column.number;
  out.merge = merge_as<triples::Merge>(column.merge);
  out.not_null = column.not_null;
  out.precision = column.numeric_precision;
  out.scale = column.numeric_scale;
  out.text_limit = column.text_limit;
  if (column.default_value)
    append_fact_value(out.default_value, sql::evaluate_constant(column.default_value), out.type);
  if (out.default_value == "null") out.default_value.clear();
  return out;
}

sql::Relation relation_of(const std::string& name, const Shape& shape) {
  sql::Relation relation{name, sql::RelationKind::table, {}, shape.key, {}};
  const FactValues reader;
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    const triples::Column& from = shape.columns[i];
    sql::Column column;
    column.name = from.name;
    column.type = from.type;
    column.number = from.number;
    column.merge = merge_as<sql::Merge>(from.merge);
    column.not_null = from.not_null || shape.is_key(i);
    column.unique = stands_alone(shape, i);
    column.numeric_precision = from.precision;
    column.numeric_scale = from.scale;
    column.text_limit = from.text_limit;
    if (!from.default_value.empty())
      column.default_value = sql::constant(from.type, reader.read(from.default_value, from).value_or(ivm::Value{}));
    relation.columns.push_back(std::move(column));
  }
  return relation;
}

sql::Relation relation_of_view(const std::string& name, const std::vector<sql::PlanColumn>& columns) {
  sql::Relation relation{name, sql::RelationKind::view, {}, {}, {}};
  for (const sql::PlanColumn& from : columns) {
    sql::Column column;
    column.name = from.name;
    column.type = from.type;
    relation.columns.push_back(std::move(column));
  }
  return relation;
}

Shape shape_of(const sql::DeclareTable& statement) {
  Shape shape;
  shape.strict = statement.strict;
  shape.key = statement.primary_key;
  int number = 0;
  for (const sql::Column& column : statement.columns) {
    ++number;
    shape.columns.push_back(column_of(column));
    if (shape.columns.back().number == 0) shape.columns.back().number = number;
    if (column.unique) shape.unique.push_back({shape.columns.size() - 1});
  }
  for (const auto& columns : statement.unique) shape.unique.push_back(columns);
  return shape;
}

sql::SqlResult<Shape> altered(const triples::Table& table, const sql::AlterTable& statement) {
  Shape shape = table.shape();
  for (const sql::Alteration& change : statement.changes) {
    const auto done = std::visit(Alter{table, statement.table, shape}, change);
    if (!done) return done.error();
  }
  return shape;
}

}  // namespace laterbase::views
