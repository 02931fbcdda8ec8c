#include <fmt/format.h>

#include "views/database.h"
#include "views/values.h"

// Relations that code makes, rows by their keys, and what code says about events.
namespace laterbase::views {
namespace {

constexpr Lc entries_a_step = 16'384;

// What leads to one row of it; empty where nothing does.
std::string key_column(const Engine& engine, const sql::Relation& relation) {
  const triples::Table* table = engine.store().table(relation.name);
  if (table == nullptr) return relation.columns.empty() ? "" : relation.columns.front().name;
  const auto& key = table->shape().key;
  return key.size() == 1 ? relation.columns[key.front()].name : "";
}

std::string without_frame(std::string rows) {
  // page_json: an array of one object, and a line break.
  return rows.substr(1, rows.rfind(']') - 1);
}

}  // namespace

void Database::add_source(const SourceMaker& make) {
  auto source = make(*this);
  ivm::Batch nobody_reads;
  const auto take = [&](const Event& event) { return source->apply(event), true; };
  Lc at = 0;
  for (const Lc head = root_->head(); at < head; at = std::min(head, at + entries_a_step))
    read(at, std::min(head, at + entries_a_step), take);
  source->flush(nobody_reads);
  {
    const Alone alone(*this);
    read(at, engine().position(), take);
    nobody_reads.clear();
    source->flush(nobody_reads);
    engine().add_source(std::move(source));
    start_jobs();
  }
  forget_pasts();
}

// They may have folds of code that is replaced.
void Database::forget_pasts() {
  const std::lock_guard lock(past_mutex_);
  pasts_.clear();
}

void Database::drop_source(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (!follower_.is_torn()) {  // else the next engine asks what there is
      const Follower::Change change(follower_);
      engine().drop_source(name);
      start_jobs();
    }
  }
  forget_pasts();
}

void Database::show_view(const std::string& name, const std::string& select) {
  const Alone alone(*this);
  engine().define_local(name, {select, {}});
  start_jobs();
}

void Database::hide_view(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (follower_.is_torn()) return;  // the next engine asks what there is
  const Follower::Change change(follower_);
  engine().drop_local(name);
}

std::vector<FoldInfo> Database::folds() {
  const Alone alone(*this);
  std::vector<FoldInfo> all;
  for (const auto& [name, source] : engine().sources())
    all.push_back(
        {name, source->trouble(), source->rows(), source->bytes(), source->undecodable(), source->passed_over()});
  return all;
}

std::optional<std::string> Database::refused(std::string_view value) const {
  if (!options_.validate) return std::nullopt;
  Event event;
  event.value = value;
  event.is_json = true;
  return options_.validate(root_->name(), event);
}

Outcome<Database::One> Database::read_one(const std::string& relation, const std::string& key) {
  std::string column;
  {
    const Alone alone(*this);
    One one{std::nullopt, root_->epoch(), engine().position()};
    if (const RelationSource* source = engine().source(relation); source != nullptr && source->trouble().empty()) {
      if (const ivm::RowView row = source->find(key)) one.json = std::string(row.bytes_at(1));
      return one;
    }
    engine().forget_relations();
    const sql::Relation* found = engine().find(relation);
    if (found == nullptr)
      return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no table, view or fold \"{}\".", relation));
    column = key_column(engine(), *found);
  }
  if (column.empty())
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has no key of one column; ask for its rows with column=eq.x.", relation));
  ReadRequest request;
  request.filters.emplace_back(column, "eq." + key);
  request.limit = 2;
  const auto page = read(relation, request);
  if (!page) return page.error();
  if (page->rows.size() > 1)
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has several rows with that {}; ask for {}=eq.x.", relation, column, column));
  One one{std::nullopt, page->epoch, page->lc};
  if (!page->rows.empty()) one.json = without_frame(page_json(*page));
  return one;
}

}  // namespace laterbase::views
