#include "engine/triples/store.h"

#include <algorithm>

#include "engine/triples/layout.h"

namespace laterbase::triples {
namespace {

constexpr std::size_t most_rejects = 100'000;

bool is_reserved(std::string_view type) { return type.starts_with('@'); }

}  // namespace

void Store::reject(Lc lc, const Ulid& key, std::uint32_t index, std::string reason) {
  if (!trial_ && rejects_.size() < most_rejects) rejects_.push_back({lc, key, index, std::move(reason)});
}

const Table* Store::table(std::string_view name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second.get();
}

// Nothing where there is none, or where it will be folded again anyway.
Table* Store::table_for(std::string_view type) {
  if (stale_.contains(type)) return nullptr;
  const auto found = tables_.find(type);
  if (found == tables_.end()) return nullptr;
  Table* table = found->second.get();
  if (trial_ && trial_->begun.insert(table).second) table->begin_trial();
  touched_.emplace(type);
  return table;
}

void Store::apply(const Event& event) {
  if (event.replaces != 0) take_back(event.replaces);
  if (event.aside || !event.is_json || !may_have_facts(event.value)) return;
  const auto facts = Facts::of(event.value);
  if (!facts)
    reject(event.lc, event.key, 0, facts.error().detail);
  else
    fold(event.lc, event.key, *facts);
}

void Store::fold(Lc lc, const Ulid& key, const Facts& facts) {
  Version version{key, 0};
  for (const Fact& fact : facts) {
    ++version.index;
    auto type = types_.find(fact.type);
    if (type == types_.end()) type = types_.emplace(fact.type, Type()).first;
    std::vector<Lc>& positions = type->second.positions;
    if (positions.empty() || positions.back() != lc) positions.push_back(lc);
    if (is_reserved(fact.type))
      define(version, fact);
    else if (Table* table = table_for(fact.type))
      table->apply(lc, version, fact);
  }
}

void Store::give_definitions(Definitions definitions) {
  definitions_ = std::move(definitions);
  definitions_given_ = true;
  for (std::string& name : definitions_.names(table_type)) stale_.insert(std::move(name));
}

void Store::define(const Version& version, const Fact& fact) {
  if (fact.attribute != definition_attribute || definitions_given_) return;
  definitions_.add(fact.type, fact.subject, version, fact.value);
  definitions_unsaved_ |= !trial_;
  if (fact.type == table_type)
    stale_.emplace(fact.subject);
  else
    definitions_changed_ = true;
}

void Store::take_back(Lc lc) {
  source_.read({lc}, [&](const Event& event) {
    if (!event.is_json) return;
    forget_rejects(lc);
    const auto facts = Facts::of(event.value);
    if (!facts) return;
    Version version{event.key, 0};
    for (const Fact& fact : *facts) {
      ++version.index;
      forget_position(fact.type, lc);
      if (is_reserved(fact.type) && definitions_given_) continue;
      if (!is_reserved(fact.type))
        stale_.emplace(fact.type);
      else
        definitions_.remove(fact.type, fact.subject, version), definitions_unsaved_ = true;
      if (fact.type == table_type)
        stale_.emplace(fact.subject);
      else if (is_reserved(fact.type))
        definitions_changed_ = true;
    }
  });
}

void Store::forget_position(std::string_view type, Lc lc) {
  const auto found = types_.find(type);
  if (found == types_.end() || std::erase(found->second.positions, lc) == 0) return;
  if (found->second.id != 0) abandon(layout::key_of(layout::Tag::positions, std::exchange(found->second.id, 0)));
}

void Store::forget_rejects(Lc lc) {
  if (std::erase_if(rejects_, [&](const Reject& one) { return one.lc == lc; }) == 0 || rejects_id_ == 0) return;
  abandon(layout::key_of(layout::Tag::rejects, std::exchange(rejects_id_, 0)));
  rejects_saved_ = 0;
}

// Nothing where it is not declared, or only in words that can't be followed.
std::shared_ptr<Table> Store::fresh_table(const std::string& name) const {
  const auto* versions = definitions_.versions(table_type, name);
  if (versions == nullptr) return nullptr;
  std::vector<Declaration> declarations;
  Version floor;
  for (const auto& [version, json] : *versions) {
    if (json == "null") {
      floor = version;
      declarations.clear();
    } else if (auto shape = parse_shape(json)) {
      declarations.push_back({version, std::move(*shape)});
    }
  }
  if (declarations.empty()) return nullptr;
  return std::make_shared<Table>(std::move(declarations), floor, reader_, rows_, orders_);
}

std::shared_ptr<Table> Store::refolded(const std::string& name) {
  auto table = fresh_table(name);
  if (!table) return nullptr;
  const auto type = types_.find(name);
  if (type != types_.end()) {
    source_.read(type->second.positions, [&](const Event& event) {
      const auto facts = Facts::of(event.value);
      Version version{event.key, 0};
      for (const Fact& fact : *facts) {
        ++version.index;
        if (fact.type == name) table->apply(event.lc, version, fact);
      }
    });
  }
  if (trial_) {
    for (const TrialFact& fact : trial_->facts)
      if (fact.type == name) table->apply(0, fact.version, {fact.type, fact.subject, fact.attribute, fact.value});
  }
  table->flush(nullptr);
  return table;
}

void Store::compare(const Table* before, const Table* after, const std::string& name, Delta& delta) {
  if (before == nullptr && after == nullptr) return;
  if (before == nullptr || after == nullptr || !(before->shape() == after->shape())) {
    delta.reshaped.insert(name);
    delta.rows.erase(name);
    return;
  }
  ivm::Batch& changes = delta.rows[name];
  before->scan([&](ivm::RowView row) { changes.add(row, -1); });
  after->scan([&](ivm::RowView row) { changes.add(row, +1); });
  changes.consolidate();
}

void Store::refold_stale(Delta* delta) {
  for (const std::string& name : std::exchange(stale_, {})) {
    const auto found = tables_.find(name);
    const std::shared_ptr<Table> before = found == tables_.end() ? nullptr : found->second;
    auto after = refolded(name);
    if (trial_) trial_->tables.emplace(name, before);
    if (delta != nullptr) compare(before.get(), after.get(), name, *delta);
    if (after)
      tables_[name] = std::move(after);
    else
      tables_.erase(name);
  }
}

void Store::flush(Delta& delta) {
  for (const std::string& name : std::exchange(touched_, {})) {
    const auto found = tables_.find(name);
    if (found != tables_.end()) found->second->flush(&delta.rows[name]);
  }
  refold_stale(&delta);
  delta.definitions |= std::exchange(definitions_changed_, false);
  std::erase_if(delta.rows, [](const auto& entry) { return entry.second.empty(); });
}

void Store::begin_trial() { trial_.emplace(); }

std::optional<std::string> Store::try_facts(const Ulid& key, std::uint32_t first_index, const Facts& facts) {
  std::optional<std::string> trouble;
  Version version{key, first_index};
  for (const Fact& fact : facts) {
    trial_->facts.push_back({version, std::string(fact.type), std::string(fact.subject), std::string(fact.attribute),
                             std::string(fact.value)});
    if (is_reserved(fact.type)) {
      define(version, fact);
    } else if (Table* table = table_for(fact.type)) {
      auto complaint = table->apply(0, version, fact);
      if (!trouble && table->shape().strict) trouble = std::move(complaint);
    }
    ++version.index;
  }
  for (const std::string& name : std::exchange(touched_, {})) {
    const auto found = tables_.find(name);
    if (found != tables_.end()) found->second->flush(nullptr);
  }
  refold_stale(nullptr);
  definitions_changed_ = false;
  return trouble;
}

void Store::end_trial() {
  for (auto& [name, before] : trial_->tables) {
    const auto now = tables_.find(name);
    if (now != tables_.end()) trial_->begun.erase(now->second.get());
    if (before)
      tables_[name] = before;
    else
      tables_.erase(name);
  }
  for (auto& [name, table] : tables_)
    if (trial_->begun.contains(table.get())) table->end_trial();
  for (const TrialFact& fact : trial_->facts)
    if (is_reserved(fact.type)) definitions_.remove(fact.type, fact.subject, fact.version);
  touched_.clear();
  trial_.reset();
}

std::vector<Reject> Store::rejects() const {
  std::vector<Reject> all = rejects_;
  for (const auto& [name, table] : tables_) {
    auto some = table->rejects();
    for (Reject& one : some) one.reason = name + ": " + one.reason;
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::stable_sort(all.begin(), all.end(), [](const Reject& a, const Reject& b) { return a.lc - 1 < b.lc - 1; });
  return all;
}

}  // namespace laterbase::triples
