#include "views/engine.h"

#include <algorithm>

#include "engine/base/log.h"
#include "engine/ivm/expression.h"
#include "views/shapes.h"
#include "views/sql/error.h"
#include "views/sql/json_value.h"
#include "views/trees.h"

namespace laterbase::views {
namespace {

using ivm::TypeKind;

constexpr std::int64_t us_per_ms = 1000;
constexpr std::uint64_t entry_work = 64;  // bytes of an entry besides its value

// Not every JSON is a JSONB: PostgreSQL takes neither \u0000 nor any depth.
std::optional<std::string> jsonb_of(const Event& event) {
  if (!event.is_json) return std::nullopt;
  try {
    return sql::canonical_json(event.value);
  } catch (const sql::SqlException&) {
    return std::nullopt;
  } catch (const ivm::EvalError&) {
    return std::nullopt;
  }
}

}  // namespace

Engine::Engine(LogReader& log, std::string scratch)
    : log_(log),
      scratch_(std::move(scratch)),
      table_file_(scratch_.empty() ? nullptr : std::make_unique<ivm::ScratchFile>(scratch_)),
      order_file_(scratch_.empty() ? nullptr : std::make_unique<ivm::ScratchFile>(scratch_)),
      store_(values_, *this, {ivm::Memory(table_file_.get())}, {ivm::Memory(order_file_.get())}) {}
Engine::~Engine() {
  for (auto& [name, view] : views_)
    if (view.build) view.build->cancelled = true;
}

const View* Engine::view(std::string_view name) const {
  const auto found = views_.find(name);
  return found == views_.end() ? nullptr : &found->second;
}

void Engine::read(const std::vector<Lc>& positions, const std::function<void(const Event&)>& visit) {
  for (const Lc lc : positions) {
    log_.read(lc - 1, lc, [&](const Event& event) {
      visit(event);
      return true;
    });
  }
}

ivm::RowView Engine::event_row(const Event& event, ivm::RowBuilder& builder) {
  builder.begin(6);
  builder.bytes(0, event.key.text());
  builder.word(1, event.key.time_ms() * us_per_ms);
  if (const auto json = jsonb_of(event))
    builder.bytes(2, *json);
  else
    builder.null(2);
  builder.bytes(3, event.value);
  builder.word(4, static_cast<std::int64_t>(event.lc));
  builder.word(5, event.arrived_ms * us_per_ms);
  return builder.finish();
}

void Engine::apply(const Event& event, ivm::Batch* rows) {
  greatest_key_ = std::max(greatest_key_, event.key);
  unsaved_work_ += event.value.size() + entry_work;
  store_.apply(event);
  for (auto& [name, source] : sources_) source->apply(event);
  if (rows == nullptr) return;
  if (const Lc old = event.replaces; old != 0) {
    read({old}, [&](const Event& before) { rows->add(event_row(before, builder_), -1); });
  }
  if (!event.aside) rows->add(event_row(event, builder_), +1);
}

bool Engine::anybody_reads(std::string_view relation) const {
  if (feeds_.contains(relation)) return true;
  return std::any_of(views_.begin(), views_.end(), [&](const auto& entry) {
    const View& view = entry.second;
    return (view.running && view.running->reads(relation)) || (view.build && view.build->running->reads(relation)) ||
           !view.broken.empty();
  });
}

void Engine::follow(Lc until) {
  if (until <= position_) return;
  follow([&](const auto& visit) { log_.read(position_, until, visit); }, until);
}

void Engine::follow(const Entries& entries, Lc until) {
  Changes changes;
  ivm::Batch* events = anybody_reads("events") ? &changes["events"] : nullptr;
  entries([&](const Event& event) {
    apply(event, events);
    return true;
  });
  position_ = until;
  if (loading_ && views_.empty()) {
    triples::Delta nobody_reads;
    store_.flush(nobody_reads);
    return;
  }
  step(changes);
}

void Engine::finish_loading() {
  loading_ = false;
  ivm::Batch nobody_reads;
  for (auto& [name, source] : sources_) source->flush(nobody_reads);
  definitions_changed();
}

void Engine::step(Changes& with_subject) {
  triples::Delta delta;
  store_.flush(delta);
  for (auto& [table, rows] : delta.rows) with_subject[table] = std::move(rows);
  Changes plain;
  for (auto& [name, source] : sources_) step_source(*source, plain);
  for (auto& [relation, rows] : with_subject) {
    if (relation == "events") continue;
    if (feeds_.contains(relation)) record(relation, *changes_for({relation, false, 0}, with_subject, plain));
  }
  if (const auto events = with_subject.find("events"); events != with_subject.end()) {
    record("events", events->second);
    plain["events"] = std::move(events->second);
    with_subject.erase(events);
  }
  for (View* view : order_) step_view(*view, with_subject, plain);
  for (const std::string& table : delta.reshaped) {
    freeze_readers_of(table);
    want_readers_of(table);
    renew_feed(table);
  }
  if (loading_) return;  // finish_loading() sees to them
  if (delta.definitions)
    definitions_changed();
  else
    start_builds();
}

void Engine::step_source(RelationSource& source, Changes& plain) {
  const std::string& name = source.relation().name;
  const std::string before = source.trouble();
  ivm::Batch& changes = plain[name];
  source.flush(changes);
  const std::string after = source.trouble();
  if (before.empty() && after.empty()) return record(name, changes);
  changes.clear();
  if (!after.empty() && before != after) log::warn("a fold is broken", {{"fold", name}, {"reason", after}});
  if (before.empty() != after.empty()) want_readers_of(name);
  renew_feed(name);
}

// The changes of a relation as an input wants them: without the subject they are made when first asked for.
const ivm::Batch* Engine::changes_for(const Running::Input& input, Changes& with_subject, Changes& plain) const {
  if (const auto found = with_subject.find(input.relation); found != with_subject.end()) {
    if (input.with_subject) return &found->second;
    if (const auto made = plain.find(input.relation); made != plain.end()) return &made->second;
    const triples::Table* table = store_.table(input.relation);
    if (table == nullptr) return nullptr;
    ivm::Batch& batch = plain[input.relation];
    const ivm::Schema& schema = table->schema();
    for (const ivm::Change& change : found->second) {
      builder_.begin(schema.size() - 1);
      for (std::size_t i = 0; i + 1 < schema.size(); ++i)
        builder_.copy(i, change.row, i, ivm::is_fixed_width(schema[i].type.kind));
      batch.add(builder_.finish(), change.weight);
    }
    return &batch;
  }
  const auto found = plain.find(input.relation);
  return found == plain.end() ? nullptr : &found->second;
}

void Engine::step_view(View& view, Changes& with_subject, Changes& plain) {
  if (view.build) {
    const auto& inputs = view.build->running->inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const ivm::Batch* changes = changes_for(inputs[i], with_subject, plain);
      if (changes == nullptr || changes->empty()) continue;
      ivm::Batch& missed = view.build->missed.emplace_back(i, ivm::Batch{}).second;
      for (const ivm::Change& change : *changes) missed.add(change.row, change.weight);
    }
  }
  if (!view.broken.empty() && view.may_heal) wanted_.insert(view.name);
  if (!view.running || view.frozen) return;
  try {
    step_running(view, with_subject, plain);
  } catch (const ivm::EvalError& trouble) {
    break_view(view, trouble.what(), true);
  } catch (const std::bad_alloc&) {
    break_view(view, no_memory, true);
  }
}

void Engine::step_running(View& view, Changes& with_subject, Changes& plain) {
  bool news = false;
  for (const auto& input : view.running->inputs()) {
    const ivm::Batch* changes = changes_for(input, with_subject, plain);
    if (changes == nullptr) continue;
    for (const ivm::Change& change : *changes) view.running->refer(input, change.row, change.weight);
    news |= !changes->empty();
  }
  if (!news) return;
  view.unsaved = true;
  view.running->step();
  if (view.running->tree() != nullptr) return record_patch(view);
  const ivm::Batch& changes = view.running->changes();
  if (changes.empty()) return;
  view.changed = position_;
  record(view.name, changes);
  ivm::Batch& out = plain[view.name];
  for (const ivm::Change& change : changes) out.refer(change.row, change.weight);
}

void Engine::record(const std::string& relation, const ivm::Batch& changes) {
  const auto found = feeds_.find(relation);
  if (found == feeds_.end()) return;
  if (!changes.empty()) found->second.record(position_, changes);
  found->second.wake();
}

void Engine::record_patch(View& view) {
  if (!view.running->changed()) return;
  view.changed = position_;
  const auto found = feeds_.find(view.name);
  if (found == feeds_.end()) return;
  if (auto patch = tree_patch(*view.running); !patch)
    found->second.restart(position_);
  else if (!patch->empty())
    found->second.record(position_, std::move(*patch));
  found->second.wake();
}

Feed& Engine::feed(const std::string& relation) { return feeds_.try_emplace(relation, position_).first->second; }

void Engine::wake_all() noexcept {
  for (auto& [relation, feed] : feeds_) feed.wake();
}

void Engine::take_followers_of(Engine& other) {
  feeds_ = std::move(other.feeds_);
  for (auto& [relation, feed] : feeds_) feed.restart(position_);
  wake_all();
}

const sql::Relation* Engine::find(std::string_view name) const {
  if (const auto found = relations_.find(name); found != relations_.end()) return &found->second;
  const std::string key(name);
  troubles_.erase(key);
  if (name == "events") return &relations_.emplace(key, sql::events_relation()).first->second;
  if (const RelationSource* made = source(name)) return &made->relation();
  if (const triples::Table* table = store_.table(name))
    return &relations_.emplace(key, relation_of(key, table->shape())).first->second;
  const auto definitions = wanted_definitions();
  const auto found = definitions.find(key);
  if (found == definitions.end() || !binding_.insert(key).second) return nullptr;
  const auto query = bind_view(found->second.first, found->second.second);
  binding_.erase(key);
  if (!query) {
    troubles_[key] = query.error().message;
    return nullptr;
  }
  std::vector<sql::PlanColumn> columns(query->plan->columns.begin(),
                                       query->plan->columns.begin() + static_cast<std::ptrdiff_t>(query->visible));
  return &relations_.insert_or_assign(key, relation_of_view(key, columns)).first->second;
}

// find() has just looked: views stand on views, and each is bound once.
std::optional<sql::SqlError> Engine::trouble_of(std::string_view name) const {
  const auto found = troubles_.find(name);
  if (found == troubles_.end()) return std::nullopt;
  const std::string quoted = "\"" + found->first + "\"";
  if (wanted_definitions().at(found->first).first.language == Language::treeql) {
    return sql::SqlError{"42809", quoted + " is a tree: it has no rows that a statement could read",
                         "GET /{db}/" + found->first +
                             " gives all of it, and with Accept: text/event-stream follows it; a part of it is asked "
                             "for by a tree query, POST /db/{db}/tree.",
                         0};
  }
  return sql::SqlError{"42P01", "materialized view " + quoted + " is broken: " + found->second,
                       "Give it another definition with CREATE OR REPLACE MATERIALIZED VIEW, or drop it.", 0};
}

}  // namespace laterbase::views
