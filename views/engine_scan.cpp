#include "engine/ivm/expression.h"
#include "views/engine.h"
#include "views/sql/function.h"
#include "views/trees.h"

// Reading relations as they are now, and queries that are answered once.
namespace laterbase::views {
void scan_events(LogReader& log, Lc until, const std::function<bool(ivm::RowView, std::int64_t)>& visit) {
  ivm::RowBuilder builder;
  log.read(0, until, [&](const Event& event) {
    if (const Lc old = event.replaces; old != 0) {
      ivm::RowBuilder other;
      log.read(old - 1, old, [&](const Event& before) { return visit(Engine::event_row(before, other), -1); });
    }
    return event.aside || visit(Engine::event_row(event, builder), +1);
  });
}

void Engine::begin_trial() {
  on_trial_ = true;
  store_.begin_trial();
}

void Engine::end_trial() {
  on_trial_ = false;
  store_.end_trial();
  relations_.clear();
}

sql::SqlResult<void> Engine::scan(const std::string& relation, bool with_subject, const RowSink& sink) const {
  if (relation == "events") {
    scan_events(log_, position_, [&](ivm::RowView row, std::int64_t weight) { return sink(row, weight), true; });
    return {};
  }
  if (const RelationSource* made = source(relation)) {
    if (std::string trouble = made->trouble(); !trouble.empty())
      return sql::SqlError{"55000", "\"" + relation + "\" is broken " + trouble, "", 0};
    made->scan([&](ivm::RowView row) { sink(row, 1); });
    return {};
  }
  const triples::Table* table = store_.table(relation);
  if (table == nullptr) return scan_view(relation, sink);
  if (with_subject) {
    table->scan([&](ivm::RowView row) { sink(row, 1); });
    return {};
  }
  const ivm::Schema& schema = table->schema();
  ivm::RowBuilder builder;
  table->scan([&](ivm::RowView row) {
    builder.begin(schema.size() - 1);
    for (std::size_t i = 0; i + 1 < schema.size(); ++i)
      builder.copy(i, row, i, ivm::is_fixed_width(schema[i].type.kind));
    sink(builder.finish(), 1);
  });
  return {};
}

// What a view serves; from its definition where something is on trial, or it is not there yet.
sql::SqlResult<void> Engine::scan_view(const std::string& name, const RowSink& sink) const {
  const View* served = view(name);
  const auto visible = [&](const Running& running) {
    const std::size_t columns = running.columns().size();
    ivm::RowBuilder builder;
    running.rows().scan([&](ivm::RowView row, std::int64_t weight) {
      if (row.columns() == columns) return sink(row, weight), true;
      builder.begin(columns);
      for (std::size_t i = 0; i < columns; ++i)
        builder.copy(i, row, i, ivm::is_fixed_width(running.schema()[i].type.kind));
      sink(builder.finish(), weight);
      return true;
    });
  };
  if (served != nullptr && served->running && !on_trial_) {
    visible(*served->running);
    return {};
  }
  const auto definitions = wanted_definitions();
  const auto found = definitions.find(name);
  if (found == definitions.end()) return sql::SqlError{"42P01", "relation \"" + name + "\" does not exist", "", 0};
  if (!binding_.insert(name).second) return sql::SqlError{"42P17", "view \"" + name + "\" reads itself", "", 0};
  const auto query = bind_view(found->second.first, found->second.second);
  const auto answer = query ? evaluate(*query) : sql::SqlResult<std::unique_ptr<Running>>(query.error());
  binding_.erase(name);
  if (!answer) return answer.error();
  visible(**answer);
  return {};
}

namespace {

// The value that a condition asks of a column: column = constant.
const ivm::Value* asked_of(const sql::Expr& condition, std::size_t column) {
  if (condition.kind != sql::ExprKind::call || condition.function == nullptr || condition.function->name != "=")
    return nullptr;
  for (std::size_t i = 0; i < 2; ++i) {
    const sql::Expr& left = *condition.args[i];
    const sql::Expr& right = *condition.args[1 - i];
    const bool plain = right.type.kind == ivm::TypeKind::text || right.type.kind == ivm::TypeKind::integer ||
                       right.type.kind == ivm::TypeKind::bigint;
    if (left.kind == sql::ExprKind::column && left.index == column && sql::is_constant(condition.args[1 - i]) &&
        plain && !right.value.is_null())
      return &right.value;
  }
  return nullptr;
}

struct Scans {
  std::size_t count = 0;
  const sql::Plan* filter = nullptr;  // right above it
};

void find_scans(const sql::Plan& plan, const std::string& relation, Scans& scans) {
  for (const sql::PlanPtr& input : plan.inputs) {
    const auto* scan = std::get_if<sql::Scan>(&input->what);
    if (scan != nullptr && scan->relation == relation) {
      ++scans.count;
      scans.filter = std::holds_alternative<sql::Filter>(plan.what) ? &plan : nullptr;
    }
    find_scans(*input, relation, scans);
  }
}

}  // namespace

// The one row that a query can want of a table, where it reads it once with a condition on its whole key.
std::optional<std::string> Engine::point_of(const sql::Query& query, const std::string& relation) const {
  const triples::Table* table = store_.table(relation);
  if (table == nullptr || table->shape().key.empty()) return std::nullopt;
  Scans scans;
  find_scans(*query.plan, relation, scans);
  if (scans.count != 1 || scans.filter == nullptr) return std::nullopt;
  std::vector<sql::ExprPtr> terms;
  sql::split_conjunction(std::get<sql::Filter>(scans.filter->what).condition, terms);
  std::vector<ivm::Value> key;
  for (const std::size_t column : table->shape().key) {
    const ivm::Value* value = nullptr;
    for (const sql::ExprPtr& term : terms)
      if (value == nullptr) value = asked_of(*term, column);
    const auto kind = table->shape().columns[column].type.kind;
    const bool same_kind = value != nullptr && (kind == ivm::TypeKind::text) == (value->kind() == ivm::TypeKind::text);
    const bool plain = kind == ivm::TypeKind::text || kind == ivm::TypeKind::integer || kind == ivm::TypeKind::bigint;
    if (!same_kind || !plain) return std::nullopt;
    key.push_back(*value);
  }
  return subject_of(key, table->shape());
}

void Engine::feed_point(Running& circuit, const Running::Input& input, const std::string& subject) const {
  const triples::Table* table = store_.table(input.relation);
  const ivm::RowView row = table->find(subject);
  if (!row) return;
  if (input.with_subject) return circuit.feed(input, row, 1);
  const ivm::Schema& schema = table->schema();
  ivm::RowBuilder builder;
  builder.begin(schema.size() - 1);
  for (std::size_t i = 0; i + 1 < schema.size(); ++i)
    builder.copy(i, row, i, ivm::is_fixed_width(schema[i].type.kind));
  circuit.feed(input, builder.finish(), 1);
}

// `query`: what the circuit is of, where that may tell of rows that it can do without.
sql::SqlResult<void> Engine::feed_all(Running& circuit, const sql::Query* query) const {
  try {
    for (const auto& input : circuit.inputs()) {
      if (const auto subject = query != nullptr ? point_of(*query, input.relation) : std::nullopt) {
        feed_point(circuit, input, *subject);
        continue;
      }
      const auto fed = scan(input.relation, input.with_subject,
                            [&](ivm::RowView row, std::int64_t weight) { circuit.feed(input, row, weight); });
      if (!fed) return fed.error();
    }
    circuit.step();
  } catch (const ivm::EvalError& trouble) {
    return sql::SqlError{trouble.sqlstate(), trouble.what(), "", 0};
  }
  return {};
}

sql::SqlResult<std::unique_ptr<Running>> Engine::evaluate(const sql::Query& query) const {
  auto running = Running::make(query);
  if (!running) return running;
  if (const auto fed = feed_all(**running, &query); !fed) return fed.error();
  return running;
}

sql::SqlResult<std::unique_ptr<Running>> Engine::evaluate(const ViewDefinition& tree) const {
  auto running = make_tree(tree, *this, TreeUse::once);
  if (!running) return running;
  if (const auto fed = feed_all(**running, nullptr); !fed) return fed.error();
  return running;
}

}  // namespace laterbase::views
