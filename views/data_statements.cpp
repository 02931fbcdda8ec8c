#include "views/data_statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/types.h"

namespace laterbase::views {
namespace {

using ivm::Decimal;
using ivm::TypeKind;
using ivm::Value;
using sql::SqlError;
using triples::Merge;

Decimal decimal_of(const Value& value) {
  if (value.is_null()) return {};
  return value.kind() == TypeKind::numeric ? value.as_decimal() : Decimal(value.as_int());
}

Refusal refused(std::string state, std::string message) {
  return Refusal::of(SqlError{std::move(state), std::move(message), "", 0});
}

bool has(const std::vector<Value>& values, const Value& one) {
  return std::find(values.begin(), values.end(), one) != values.end();
}

}  // namespace

Outcome<void> DataStatements::open(const std::string& table, std::string_view verb) {
  name_ = table;
  table_ = engine_.store().table(table);
  if (table_ != nullptr) return {};
  return refused("55000", fmt::format("cannot {} \"{}\": only tables can be written", verb, table));
}

StatementResult DataStatements::result(std::string command) {
  StatementResult result{std::move(command), count_, returned_columns_, ""};
  if (!returned_columns_.empty()) result.rows = "[" + returned_ + "]";
  return result;
}

// The visible columns, each row as often as it is there.
Outcome<std::vector<DataStatements::Values>> DataStatements::rows_of(const sql::Query& query) const {
  const auto answer = engine_.evaluate(query);
  if (!answer) return Refusal::of(answer.error());
  std::vector<Values> rows;
  const Running& running = **answer;
  running.scan([&](ivm::RowView row, std::int64_t weight) {
    Values values;
    for (std::size_t i = 0; i < running.columns().size(); ++i)
      values.push_back(row.value(i, running.columns()[i].type.kind).owned());
    for (; weight > 0; --weight) rows.push_back(values);
    return true;
  });
  return rows;
}

Outcome<void> DataStatements::change_each(const sql::Query& query, const Change& change) {
  const auto rows = rows_of(query);
  if (!rows) return rows.error();
  std::set<std::string> seen;
  for (const Values& row : *rows) {
    const std::string subject(row.front().as_text());
    if (!seen.insert(subject).second) continue;
    if (auto done = change(subject, Values(row.begin() + 1, row.end())); !done) return done;
    ++count_;
  }
  return {};
}

DataStatements::Values DataStatements::values_of(ivm::RowView row) const {
  Values values;
  for (std::size_t i = 0; i + 1 < table_->schema().size(); ++i)
    values.push_back(row.value(i, table_->schema()[i].type.kind).owned());
  return values;
}

void DataStatements::give_back(const std::vector<sql::PlanColumn>& columns, const Values& values) {
  if (columns.empty()) return;
  returned_columns_ = columns;
  returned_ += returned_.empty() ? "[" : ",[";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) returned_ += ',';
    append_json(returned_, values[i], columns[i].type);
  }
  returned_ += ']';
}

Outcome<void> DataStatements::give_back_inserted(const sql::Returning& returning, const std::string& subject) {
  if (returning.columns.empty()) return {};
  if (const auto applied = session_.apply(); !applied) return applied;
  const ivm::RowView row = table_->find(subject);
  Values values;
  try {
    for (const auto& expr : returning.exprs) values.push_back(sql::compile_expression(expr)->eval(row).owned());
  } catch (const ivm::EvalError& trouble) {
    return refused(trouble.sqlstate(), trouble.what());
  }
  give_back(returning.columns, values);
  return {};
}

Outcome<void> DataStatements::check_not_null(const Values& row) const {
  const triples::Shape& shape = table_->shape();
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    const triples::Column& column = shape.columns[i];
    const bool merges = column.merge == Merge::counter || column.merge == Merge::set;
    if (!row[i].is_null() || merges || (!column.not_null && !shape.is_key(i))) continue;
    return refused("23502", fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                                        column.name, name_));
  }
  return {};
}

Outcome<std::string> DataStatements::subject_for(const Values& row) {
  const triples::Shape& shape = table_->shape();
  if (shape.key.empty()) return fmt::format("{}-{}", session_.row_names_.text(), ++session_.rows_named_);
  Values key;
  for (const std::size_t column : shape.key) key.push_back(row[column]);
  std::string subject = subject_of(key, shape);
  if (!subject.empty() && subject.size() <= triples::longest_subject) return subject;
  return refused("54000", fmt::format("the key of a row of \"{}\" has to be 1 to {} bytes of text", name_,
                                      triples::longest_subject));
}

DataStatements::Clash DataStatements::find_clash(const Values& row, const std::string& subject,
                                                 const std::string& except,
                                                 const std::vector<std::size_t>* target) const {
  const triples::Shape& shape = table_->shape();
  const auto is_target = [&](std::vector<std::size_t> columns) {
    if (target == nullptr || target->empty()) return true;
    std::vector<std::size_t> wanted = *target;
    std::sort(columns.begin(), columns.end());
    std::sort(wanted.begin(), wanted.end());
    return columns == wanted;
  };
  if (!shape.key.empty() && subject != except && is_target(shape.key)) {
    if (table_->find(subject)) return {subject, name_ + "_pkey", shape.key};
  }
  if (shape.unique.empty()) return {};
  const ivm::Row packed = ivm::Row::of(row);
  for (std::size_t i = 0; i < shape.unique.size(); ++i) {
    if (!is_target(shape.unique[i])) continue;
    for (std::string& other : table_->find_unique(i, packed.view())) {
      if (other == except || other == subject) continue;
      std::string constraint = name_;
      for (const std::size_t column : shape.unique[i]) constraint += "_" + shape.columns[column].name;
      return {std::move(other), constraint + "_key", shape.unique[i]};
    }
  }
  return {};
}

Refusal DataStatements::duplicate(const Clash& clash, const Values& row) const {
  std::string names, values;
  for (const std::size_t column : clash.columns) {
    names += (names.empty() ? "" : ", ") + table_->shape().columns[column].name;
    values += (values.empty() ? "" : ", ") + sql::print_value(row[column], table_->shape().columns[column].type);
  }
  SqlError error{"23505", fmt::format("duplicate key value violates unique constraint \"{}\"", clash.constraint), "",
                 0};
  error.hint = fmt::format("Key ({})=({}) already exists.", names, values);
  return Refusal::of(std::move(error));
}

Outcome<StatementResult> DataStatements::insert(const sql::Insert& statement) {
  if (const auto opened = open(statement.table, "insert into"); !opened) return opened.error();
  auto rows = rows_of(statement.query);
  if (!rows) return rows.error();
  returned_columns_ = statement.returning.columns;
  for (const Values& row : *rows)
    if (const auto done = insert_row(statement, row); !done) return done.error();
  return result("INSERT");
}

Outcome<void> DataStatements::insert_row(const sql::Insert& statement, const Values& row) {
  if (const auto checked = check_not_null(row); !checked) return checked;
  const auto subject = subject_for(row);
  if (!subject) return subject.error();
  const triples::Shape& shape = table_->shape();
  if (!shape.key.empty() || !shape.unique.empty()) {
    if (const auto applied = session_.apply(); !applied) return applied;
    if (statement.on_conflict) {
      const Clash clash = find_clash(row, *subject, "", &statement.on_conflict->target);
      if (!clash.subject.empty()) return resolve_clash(statement, row, clash);
    }
    if (const Clash clash = find_clash(row, *subject, "", nullptr); !clash.subject.empty())
      return duplicate(clash, row);
  }
  write_row(*subject, row);
  ++count_;
  if (statement.on_conflict) changed_.insert(*subject);
  return give_back_inserted(statement.returning, *subject);
}

Outcome<void> DataStatements::resolve_clash(const sql::Insert& statement, const Values& row, const Clash& clash) {
  const sql::OnConflict& conflict = *statement.on_conflict;
  if (!conflict.update) return {};
  if (!changed_.insert(clash.subject).second)
    return refused("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
  Values both = values_of(table_->find(clash.subject));
  both.insert(both.end(), row.begin(), row.end());
  const ivm::Row packed = ivm::Row::of(both);
  Values fresh;
  try {
    if (conflict.condition && !sql::compile_expression(conflict.condition)->holds(packed.view())) return {};
    for (const auto& value : conflict.values)
      fresh.push_back(sql::compile_expression(value)->eval(packed.view()).owned());
  } catch (const ivm::EvalError& trouble) {
    return refused(trouble.sqlstate(), trouble.what());
  }
  if (const auto changed = change_row(clash.subject, conflict.columns, fresh); !changed) return changed;
  ++count_;
  return give_back_inserted(statement.returning, clash.subject);
}

Outcome<StatementResult> DataStatements::update(const sql::Update& statement) {
  if (const auto opened = open(statement.table, "update"); !opened) return opened.error();
  returned_columns_ = statement.returning;
  const auto done = change_each(statement.query, [&](const std::string& subject, const Values& values) {
    const auto returned = values.begin() + static_cast<std::ptrdiff_t>(statement.columns.size());
    auto changed = change_row(subject, statement.columns, Values(values.begin(), returned));
    if (changed) give_back(statement.returning, Values(returned, values.end()));
    return changed;
  });
  if (!done) return done.error();
  return result("UPDATE");
}

// A row whose key changes is another row.
Outcome<void> DataStatements::change_row(const std::string& subject, const std::vector<std::size_t>& columns,
                                         const Values& fresh) {
  const triples::Shape& shape = table_->shape();
  if (const auto applied = session_.apply(); !applied) return applied;
  Values row = values_of(table_->find(subject));
  bool key_changes = false, unique_changes = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool same = row[columns[i]] == fresh[i];
    key_changes |= !same && shape.is_key(columns[i]);
    unique_changes |= !same;
    row[columns[i]] = fresh[i];
  }
  if (const auto checked = check_not_null(row); !checked) return checked;
  std::string target = subject;
  if (key_changes) {
    auto moved = subject_for(row);
    if (!moved) return moved.error();
    target = std::move(*moved);
  }
  if (key_changes || (unique_changes && !shape.unique.empty())) {
    if (const Clash clash = find_clash(row, target, subject, nullptr); !clash.subject.empty())
      return duplicate(clash, row);
  }
  if (target != subject) {
    write_death(subject);
    write_row(target, row);
    return {};
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!shape.is_key(columns[i])) write_cell(subject, columns[i], fresh[i], true);
  return {};
}

Outcome<StatementResult> DataStatements::erase(const sql::Delete& statement) {
  if (const auto opened = open(statement.table, "delete from"); !opened) return opened.error();
  returned_columns_ = statement.returning;
  const auto done = change_each(statement.query, [&](const std::string& subject, const Values& values) {
    write_death(subject);
    give_back(statement.returning, values);
    return Outcome<void>();
  });
  if (!done) return done.error();
  return result("DELETE");
}

void DataStatements::write_death(const std::string& subject) {
  session_.write(name_, subject, "", "{\"exists\":false}");
}

void DataStatements::write_row(const std::string& subject, const Values& row) {
  const triples::Shape& shape = table_->shape();
  const std::size_t before = session_.facts_.size();
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    if (shape.is_key(i)) continue;
    if (!row[i].is_null() || !shape.columns[i].default_value.empty()) write_cell(subject, i, row[i], false);
  }
  if (session_.facts_.size() == before) session_.write(name_, subject, "", "{\"exists\":true}");
}

// `is_there`: whether there is such a row, whose value is to become this one.
void DataStatements::write_cell(const std::string& subject, std::size_t column, const Value& value, bool is_there) {
  const triples::Column& about = table_->shape().columns[column];
  std::string json;
  if (about.merge == Merge::set) return write_set(subject, column, value, is_there);
  if (about.merge == Merge::counter) {
    const Decimal before = is_there ? decimal_of(table_->cell(subject, column).value(about)) : Decimal();
    const Decimal by = decimal_of(value) - before;
    if (by.sign() == 0 && !by.is_nan()) return;
    json = "{\"inc\":";
    append_json(json, Value::of_numeric(by), {TypeKind::numeric, TypeKind::unknown});
    json += '}';
  } else {
    append_fact_value(json, value, about.type);
  }
  session_.write(name_, subject, about.name, json);
}

void DataStatements::write_set(const std::string& subject, std::size_t column, const Value& value, bool is_there) {
  const triples::Column& about = table_->shape().columns[column];
  const ivm::Type element{about.type.element, TypeKind::unknown};
  const Values wanted = value.is_null() ? Values{} : value.as_array();
  const triples::Cell cell = is_there ? table_->cell(subject, column) : triples::Cell();
  const Value held = is_there ? cell.value(about) : Value{};
  const Values there = held.is_null() ? Values{} : held.as_array();
  const auto change = [&](std::string_view verb, const Value& one, std::string_view seen) {
    std::string json = fmt::format("{{\"{}\":", verb);
    append_fact_value(json, one, element);
    json.append(seen).append("}");
    session_.write(name_, subject, about.name, json);
  };
  for (const Value& one : there) {
    if (has(wanted, one)) continue;
    std::string seen;
    for (const Ulid& key : cell.adds_of(one)) {
      if (key == Ulid::greatest()) continue;  // added by this very request: the plain remove is for those
      seen += (seen.empty() ? ",\"seen\":[\"" : ",\"") + key.text() + "\"";
    }
    change("remove", one, seen.empty() ? seen : seen + "]");
  }
  Values added;
  for (const Value& one : wanted) {
    if (one.is_null() || has(there, one) || has(added, one)) continue;
    change("add", one, "");
    added.push_back(one);
  }
}

}  // namespace laterbase::views
