#include <fmt/format.h>

#include "views/engine_reads.h"
#include "views/values.h"

// One row by its key.
namespace laterbase::views {
namespace {

// What leads to one row of it; empty where nothing does, nothing where there is no such relation.
std::optional<std::string> key_column(const Engine& engine, const std::string& relation) {
  if (relation == "events") return "key";
  if (const RelationSource* made = engine.source(relation)) return made->relation().columns.front().name;
  if (const triples::Table* table = engine.store().table(relation)) {
    const auto& key = table->shape().key;
    return key.size() == 1 ? table->shape().columns[key.front()].name : "";
  }
  const View* view = engine.view(relation);
  if (view == nullptr || !view->running || view->running->tree() != nullptr) return std::nullopt;
  return view->running->columns().empty() ? "" : view->running->columns().front().name;
}

Refusal nothing_to_ask(const Engine& engine, const std::string& relation) {
  if (const View* view = engine.view(relation); view != nullptr && !view->running)
    return read_page(engine, Ulid{}, relation, {}).error();  // it is being built, or broken
  return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no table, view or fold \"{}\".", relation));
}

std::string without_frame(std::string rows) {
  // page_json: an array of one object, and a line break.
  return rows.substr(1, rows.rfind(']') - 1);
}

}  // namespace

One one_of_source(const RelationSource& source, const std::string& key) {
  One one;
  if (const ivm::RowView row = source.find(key)) one.json = std::string(row.bytes_at(1));
  return one;
}

Outcome<ReadRequest> request_for_one(const Engine& engine, const std::string& relation, const std::string& key) {
  const auto column = key_column(engine, relation);
  if (!column) return nothing_to_ask(engine, relation);
  if (column->empty())
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has no key of one column; ask for its rows with column=eq.x.", relation));
  ReadRequest request;
  request.filters.emplace_back(*column, "eq." + key);
  request.limit = 2;
  return request;
}

Outcome<One> one_of_page(const Page& page, const std::string& relation, const ReadRequest& request) {
  const std::string& column = request.filters.front().first;
  if (page.rows.size() > 1)
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has several rows with that {}; ask for {}=eq.x.", relation, column, column));
  One one{std::nullopt, page.epoch, page.lc};
  if (!page.rows.empty()) one.json = without_frame(page_json(page));
  return one;
}

}  // namespace laterbase::views
