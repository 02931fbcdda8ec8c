#include "engine/ivm/expression.h"
#include "views/engine.h"

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

sql::SqlResult<std::unique_ptr<Running>> Engine::evaluate(const sql::Query& query) const {
  auto running = Running::make(query);
  if (!running) return running;
  Running& circuit = **running;
  try {
    for (const auto& input : circuit.inputs()) {
      const auto fed = scan(input.relation, input.with_subject, [&](ivm::RowView row, std::int64_t weight) {
        circuit.feed(input, row, weight);
      });
      if (!fed) return fed.error();
    }
    circuit.step();
  } catch (const ivm::EvalError& trouble) {
    return sql::SqlError{trouble.sqlstate(), trouble.what(), "", 0};
  }
  return running;
}

}  // namespace laterbase::views
