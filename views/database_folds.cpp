#include <fmt/format.h>

#include "views/database.h"
#include "views/engine_reads.h"

// Relations that code makes, rows by their keys, and what code says about events.
namespace laterbase::views {
namespace {

constexpr Lc entries_a_step = 16'384;

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
  pasts_.forget();  // they may have folds of code that is replaced
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
  pasts_.forget();  // they may have folds of code that is replaced
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

Outcome<One> Database::read_one(const std::string& relation, const std::string& key) {
  const auto lock = reading();
  if (const RelationSource* source = engine().source(relation); source != nullptr && source->trouble().empty()) {
    One one = one_of_source(*source, key);
    one.epoch = root_->epoch();
    one.lc = engine().position();
    return one;
  }
  const auto request = request_for_one(engine(), relation, key);
  if (!request) return request.error();
  const auto page = read_page(engine(), root_->epoch(), relation, *request);
  if (!page) return page.error();
  return one_of_page(*page, relation, *request);
}

}  // namespace laterbase::views
