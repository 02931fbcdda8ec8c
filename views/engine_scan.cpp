#include "engine/ivm/expression.h"
#include "views/engine.h"
#include "views/narrow.h"
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
  tried_ = false;
  store_.begin_trial();
}

std::optional<std::string> Engine::try_facts(const Ulid& key, std::uint32_t first_index, const triples::Facts& facts) {
  tried_ = true;
  return store_.try_facts(key, first_index, facts);
}

const View* Engine::current_view(const std::string& name) const {
  const View* served = view(name);
  const bool is_there = served != nullptr && served->running && served->running->tree() == nullptr && !tried_;
  return is_there && (!on_trial_ || can_be_saved(*served)) ? served : nullptr;
}

void Engine::end_trial() {
  on_trial_ = tried_ = false;
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
  ivm::RowBuilder builder;
  table->scan([&](ivm::RowView row) { sink(without_subject(*table, row, builder), 1); });
  return {};
}

// What a view serves; from its definition where something is on trial, or it is not there yet.
sql::SqlResult<void> Engine::scan_view(const std::string& name, const RowSink& sink) const {
  const auto visible = [&](const Running& running) {
    ivm::RowBuilder builder;
    running.rows().scan(
        [&](ivm::RowView row, std::int64_t weight) { return sink(visible_row(running, row, builder), weight), true; });
  };
  if (const View* served = current_view(name)) {
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

// `plans`: what the circuit is of, which may tell of rows that it can do without.
sql::SqlResult<void> Engine::feed_all(Running& circuit, const std::vector<sql::PlanPtr>& plans) const {
  try {
    const Wanted wanted(*this, plans);
    for (const auto& input : circuit.inputs()) {
      const RowSink feed = [&](ivm::RowView row, std::int64_t weight) { circuit.feed(input, row, weight); };
      if (wanted.read(input.relation, input.with_subject, feed)) continue;
      if (const auto fed = scan(input.relation, input.with_subject, feed); !fed) return fed.error();
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
  if (const auto fed = feed_all(**running, {query.plan}); !fed) return fed.error();
  return running;
}

sql::SqlResult<std::unique_ptr<Running>> Engine::evaluate(const ViewDefinition& tree) const {
  auto running = make_tree(tree, *this, TreeUse::once);
  if (!running) return running;
  std::vector<sql::PlanPtr> plans;
  for (const tree::Level& level : (*running)->tree()->levels) plans.push_back(level.plan);
  if (const auto fed = feed_all(**running, plans); !fed) return fed.error();
  return running;
}

}  // namespace laterbase::views
