#include <algorithm>
#include <set>

#include "views/database.h"
#include "views/values.h"

// What has changed, cell by cell.
namespace laterbase::views {
namespace {

// The cell's value, or the row, as readers are shown it now.
std::string now_of(const triples::Table& table, std::string_view subject, std::optional<std::size_t> column) {
  std::string json;
  const ivm::RowView row = table.find(subject);
  if (!row) return "null";
  const ivm::Schema& schema = table.schema();
  if (column) {
    append_json(json, row.value(*column, schema[*column].type.kind), schema[*column].type);
    return json;
  }
  std::vector<std::size_t> columns(schema.size() - 1);
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  append_object(json, row, schema, columns);
  return json;
}

// Rows that had facts of a value that another one has taken the place of, each once: as they are now.
void visit_rows_of_replaced(const triples::Store& store, const Event& event, BytesView replaced,
                            const std::function<void(const CellChange&)>& visit) {
  const auto facts = triples::Facts::of(replaced);
  if (!facts) return;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const triples::Fact& fact : *facts) {
    const triples::Table* table = store.table(fact.type);
    if (table == nullptr || !seen.emplace(fact.type, fact.subject).second) continue;
    const triples::Fact row{fact.type, fact.subject, "", "null"};
    visit({event.lc, event.key, 0, row, true, "", now_of(*table, fact.subject, std::nullopt)});
  }
}

}  // namespace

CellChange Database::change_of(const Event& event, std::uint32_t index, const triples::Fact& fact, bool counts) const {
  CellChange change{event.lc, event.key, index, fact, std::nullopt, std::string(fact.attribute), "null"};
  const triples::Table* table = engine().store().table(fact.type);
  if (table == nullptr) return change;
  const auto standing = table->standing({event.key, index}, fact);
  if (!standing) return change;
  change.stands = counts && standing->stands;
  if (standing->column) change.column = table->shape().columns[*standing->column].name;
  change.now = now_of(*table, fact.subject, standing->column);
  return change;
}

Lc Database::changes(Lc after, const ChangesWanted& wanted, const std::function<void(const CellChange&)>& visit) {
  const auto lock = reading();
  const Lc head = engine().position();
  const Lc until = std::min(head, after + std::min(wanted.most_entries, head - std::min(after, head)));
  Lc at = after;
  std::uint64_t given = 0;
  const auto give = [&](const CellChange& change) { ++given, visit(change); };
  read(after, until, [&](const Event& event) {
    at = event.lc;
    if (const Lc old = event.replaces; old != 0) {
      read(old - 1, old, [&](const Event& before) {
        if (before.is_json) visit_rows_of_replaced(engine().store(), event, before.value, give);
        return true;
      });
    }
    const bool may_have = !event.aside && event.is_json && triples::may_have_facts(event.value);
    const auto facts = may_have ? triples::Facts::of(event.value) : Result<triples::Facts>(triples::Facts());
    if (!facts || facts->empty()) return given < wanted.most;
    bool counts = false;  // no other value of its key has taken its place
    read_keys({event.key, event.key}, head, [&](const Event& now) { return counts = now.lc == event.lc, false; });
    std::uint32_t index = 0;
    for (const triples::Fact& fact : *facts) {
      const CellChange change = change_of(event, ++index, fact, counts);
      if (wanted.all || change.stands.value_or(false)) give(change);
    }
    return given < wanted.most;
  });
  return at;
}

}  // namespace laterbase::views
