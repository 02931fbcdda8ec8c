#include "tests/views_sql/small_database.h"

#include <algorithm>

#include "views/sql/scope.h"

namespace laterbase::sql {
namespace {

using ivm::Value;

struct Refused {
  SqlError error;
};
[[noreturn]] void raise(const SqlError& error) { throw Refused{error}; }

std::vector<Value> values_of(const ivm::Row& row, const ivm::Schema& schema) {
  std::vector<Value> values = ivm::values_of(row.view(), schema);
  for (Value& value : values) value = value.owned();
  return values;
}

ivm::Row row_of(const std::vector<Value>& values) { return ivm::Row::of(values); }

}  // namespace

const Relation* SmallDatabase::find(std::string_view name) const {
  const auto table = tables_.find(std::string(name));
  if (table != tables_.end()) return &table->second.relation;
  for (const auto& view : views_) {
    if (view->relation.name == name) return &view->relation;
  }
  return nullptr;
}

std::optional<SqlError> SmallDatabase::run(const std::string& text) {
  const auto script = Script::parse(text);
  if (!script) return script.error();
  const std::map<std::string, Table> before = tables_;
  const std::size_t views_before = views_.size();
  try {
    execute(*script);
  } catch (const Refused& refused) {
    tables_ = before;
    views_.resize(views_before);
    return refused.error;
  } catch (const ivm::EvalError& error) {
    tables_ = before;
    views_.resize(views_before);
    return SqlError{error.sqlstate(), error.what(), "", 0};
  }
  step_views(before);
  return std::nullopt;
}

void SmallDatabase::execute(const Script& script) {
  std::optional<std::map<std::string, Table>> begun;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const auto statement = script.bind(i, *this);
    if (!statement) raise(statement.error());
    if (const auto* transaction = std::get_if<Transaction>(&*statement)) {
      if (transaction->step == TransactionStep::begin) begun = tables_;
      if (transaction->step == TransactionStep::rollback && begun) tables_ = *begun;
    } else {
      apply(*statement);
    }
  }
}

void SmallDatabase::apply(const Statement& statement) {
  if (const auto* declared = std::get_if<DeclareTable>(&statement)) declare(*declared);
  if (const auto* altered = std::get_if<AlterTable>(&statement)) alter(*altered);
  if (const auto* created = std::get_if<CreateView>(&statement)) create(*created);
  if (const auto* inserted = std::get_if<Insert>(&statement)) insert(*inserted);
  if (const auto* updated = std::get_if<Update>(&statement)) update(*updated);
  if (const auto* deleted = std::get_if<Delete>(&statement)) erase(*deleted);
  if (const auto* selected = std::get_if<Select>(&statement)) rows_of(selected->query);
}

void SmallDatabase::declare(const DeclareTable& declared) {
  Table table;
  table.relation.name = declared.name;
  table.relation.columns = declared.columns;
  table.relation.primary_key = declared.primary_key;
  tables_[declared.name] = table;
}

void SmallDatabase::alter(const AlterTable& alter) {
  Table& table = tables_.at(alter.table);
  for (const Alteration& change : alter.changes) {
    const auto* add = std::get_if<AddColumn>(&change);
    if (add == nullptr) continue;
    table.relation.columns.push_back(add->column);
    const ExprPtr& value = add->column.default_value;
    for (auto& [subject, row] : table.rows) row.push_back(value == nullptr ? Value() : evaluate_constant(value));
  }
}

void SmallDatabase::create(const CreateView& created) {
  auto compiled = compile(created.query);
  if (!compiled) raise(compiled.error());
  auto view = std::make_unique<View>();
  view->definition = created.definition;
  view->relation.name = created.name;
  view->relation.kind = RelationKind::view;
  view->compiled = std::move(*compiled);
  for (std::size_t i = 0; i < view->compiled.visible; ++i) {
    Column column;
    column.name = view->compiled.schema()[i].name;
    column.type = view->compiled.schema()[i].type;
    view->relation.columns.push_back(column);
  }
  view->output = view->compiled.plan.output(created.name, view->compiled.result);
  view->circuit = std::make_unique<ivm::Circuit>(view->compiled.plan);
  for (const auto& input : view->compiled.inputs) feed(input, view->circuit->input(input.node));
  view->circuit->step();
  views_.push_back(std::move(view));
}

void SmallDatabase::feed(const CompiledQuery::Input& input, ivm::Batch& to) const {
  if (const auto table = tables_.find(input.relation); table != tables_.end()) {
    for (const auto& [subject, row] : table->second.rows) {
      Values values = row;
      if (input.with_subject) values.push_back(Value::of_text(subject));
      to.add(row_of(values).view(), 1);
    }
    return;
  }
  for (const ivm::Row& row : view(input.relation).rows) to.add(row.view(), 1);
}

ResultRows SmallDatabase::rows_of(const Query& query) const {
  auto rows = evaluate(query, [this](const auto& input, ivm::Batch& to) { feed(input, to); });
  if (!rows) raise(rows.error());
  return std::move(*rows);
}

std::string SmallDatabase::subject_of(const Table& table, const Values& row) {
  if (table.relation.primary_key.empty()) return "#" + std::to_string(++subjects_);
  std::string subject;
  for (const std::size_t key : table.relation.primary_key) subject += ivm::to_text(row[key]) + "|";
  return subject;
}

std::optional<std::string> SmallDatabase::conflicting(const Table& table, const Values& row,
                                                      const std::string& besides) const {
  for (const auto& [subject, other] : table.rows) {
    if (subject == besides) continue;
    bool key = !table.relation.primary_key.empty();
    for (const std::size_t at : table.relation.primary_key) key = key && other[at] == row[at];
    bool unique = false;
    for (std::size_t i = 0; i < row.size(); ++i) {
      unique = unique || (table.relation.columns[i].unique && !row[i].is_null() && row[i] == other[i]);
    }
    if (key || unique) return subject;
  }
  return std::nullopt;
}

void SmallDatabase::put(Table& table, const std::string& subject, const Values& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (table.relation.columns[i].not_null && row[i].is_null()) {
      raise({"23502", "null value in column \"" + table.relation.columns[i].name + "\"", "", 0});
    }
  }
  table.rows[subject] = row;
}

void SmallDatabase::insert(const Insert& insert) {
  const ResultRows rows = rows_of(insert.query);
  Table& table = tables_.at(insert.table);
  for (const ivm::Row& row : rows.rows) {
    const Values values = values_of(row, rows.columns);
    const auto other = conflicting(table, values, "");
    if (!other) {
      put(table, subject_of(table, values), values);
      continue;
    }
    if (!insert.on_conflict) raise({"23505", "duplicate key value violates unique constraint", "", 0});
    if (!insert.on_conflict->update) continue;
    Values both = table.rows.at(*other);
    Values changed = both;
    both.insert(both.end(), values.begin(), values.end());
    const ivm::Row joined = row_of(both);
    for (std::size_t i = 0; i < insert.on_conflict->columns.size(); ++i) {
      changed[insert.on_conflict->columns[i]] =
          compile_expression(insert.on_conflict->values[i])->eval(joined.view()).owned();
    }
    const ExprPtr& condition = insert.on_conflict->condition;
    if (condition == nullptr || compile_expression(condition)->holds(joined.view())) put(table, *other, changed);
  }
}

void SmallDatabase::update(const Update& update) {
  const ResultRows rows = rows_of(update.query);
  Table& table = tables_.at(update.table);
  std::map<std::string, Values> changed;
  for (const ivm::Row& row : rows.rows) {
    const Values values = values_of(row, rows.columns);
    const std::string subject(values[0].as_text());
    if (changed.contains(subject)) continue;
    Values after = table.rows.at(subject);
    for (std::size_t i = 0; i < update.columns.size(); ++i) after[update.columns[i]] = values[i + 1];
    changed[subject] = after;
  }
  for (const auto& [subject, after] : changed) table.rows.erase(subject);
  for (const auto& [subject, after] : changed) {
    if (conflicting(table, after, "")) raise({"23505", "duplicate key value violates unique constraint", "", 0});
    put(table, table.relation.primary_key.empty() ? subject : subject_of(table, after), after);
  }
}

void SmallDatabase::erase(const Delete& erase) {
  const ResultRows rows = rows_of(erase.query);
  for (const ivm::Row& row : rows.rows) {
    tables_.at(erase.table).rows.erase(std::string(values_of(row, rows.columns)[0].as_text()));
  }
}

void SmallDatabase::step_views(const std::map<std::string, Table>& before) {
  Deltas deltas;
  for (const auto& [name, table] : tables_) {
    const auto old = before.find(name);
    if (old != before.end() && old->second.relation.columns.size() == table.relation.columns.size()) {
      for (const auto& [subject, row] : old->second.rows) deltas[name].emplace_back(row_of(row), -1);
      for (const auto& [subject, row] : table.rows) deltas[name].emplace_back(row_of(row), 1);
    }
  }
  for (const auto& view : views_) {
    step(*view, deltas);
    for (const ivm::Change& change : view->circuit->changes(view->output)) {
      Values values = sql::values_of(ivm::Row(change.row), view->compiled.schema());
      values.resize(view->compiled.visible);
      deltas[view->relation.name].emplace_back(row_of(values), change.weight);
    }
  }
}

void SmallDatabase::step(View& view, const Deltas& deltas) {
  if (view.broken) {
    // As a database does it: from nothing, once it can be computed again.
    view.circuit = std::make_unique<ivm::Circuit>(view.compiled.plan);
    for (const auto& input : view.compiled.inputs) feed(input, view.circuit->input(input.node));
  } else {
    for (const auto& input : view.compiled.inputs) {
      const auto delta = deltas.find(input.relation);
      if (delta == deltas.end()) continue;
      ivm::Batch& to = view.circuit->input(input.node);
      for (const auto& [row, weight] : delta->second) to.add(row.view(), weight);
    }
  }
  try {
    view.circuit->step();
    view.broken.reset();
  } catch (const ivm::EvalError& error) {
    view.broken = SqlError{error.sqlstate(), error.what(), "", 0};
  }
}

ResultRows SmallDatabase::view(const std::string& name) const {
  for (const auto& view : views_) {
    if (view->relation.name != name) continue;
    return ordered_rows(view->circuit->rows(view->output), view->compiled.order, view->compiled.visible);
  }
  return {};
}

std::optional<SqlError> SmallDatabase::broken(const std::string& name) const {
  for (const auto& view : views_) {
    if (view->relation.name == name) return view->broken;
  }
  return std::nullopt;
}

SqlResult<ResultRows> SmallDatabase::recomputed(const std::string& name) const {
  for (const auto& view : views_) {
    if (view->relation.name == name) return select(view->definition);
  }
  return SqlError{"42P01", "no such view", "", 0};
}

SqlResult<ResultRows> SmallDatabase::select(const std::string& text) const {
  const auto query = read_definition(text, *this);
  if (!query) return query.error();
  return evaluate(*query, [this](const auto& input, ivm::Batch& to) { feed(input, to); });
}

}  // namespace laterbase::sql
