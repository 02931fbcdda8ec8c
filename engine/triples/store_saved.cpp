#include <algorithm>

#include "engine/events/tables.h"
#include "engine/triples/layout.h"
#include "engine/triples/reject_bytes.h"
#include "engine/triples/store.h"

// All tables in the environment.
namespace laterbase::triples {
namespace {

using layout::key_of;
using layout::Tag;

constexpr std::size_t positions_a_row = 1'500;
// A table of which so much has changed is written anew: appending is many times faster than to put rows in their
// places.
constexpr std::size_t small_table = 1'000;

bool is_worth_all(const Table& table) { return table.held() > small_table && 2 * table.unsaved() > table.held(); }

void put_row(StoredRows& to, const std::string& key, std::string value) {
  seal(value, key);
  to.add(key, value);
}

}  // namespace

void erase_prefix(WriteTxn& txn, TableId table, const std::string& prefix) {
  const auto cursor = txn.cursor(table);
  while (cursor->seek(prefix) && cursor->key().starts_with(prefix)) txn.erase(table, std::string(cursor->key()));
}

bool erase_abandoned(WriteTxn& txn, const std::set<std::uint64_t>& ids, std::size_t most) {
  const auto cursor = txn.cursor(kTriplesTable);
  for (const Tag tag : {Tag::rejects, Tag::cells}) {
    std::uint64_t id = 0;
    while (cursor->seek(key_of(tag, id))) {
      ByteReader key(cursor->key());
      if (key.byte() != static_cast<std::uint8_t>(tag)) break;
      id = key.ordered();
      if (ids.contains(id)) {
        ++id;
        continue;
      }
      if (most-- == 0) return true;
      txn.erase(kTriplesTable, std::string(cursor->key()));
    }
  }
  return false;
}

bool Store::has_unsaved() const noexcept {
  return definitions_unsaved_ || !abandoned_.empty() || rejects_saved_ != rejects_.size() ||
         std::any_of(types_.begin(), types_.end(),
                     [](const auto& entry) {
                       const Type& type = entry.second;
                       return !type.row.there || type.id != type.row.id || type.positions.size() != type.row.positions;
                     }) ||
         std::any_of(tables_.begin(), tables_.end(), [](const auto& entry) { return entry.second->has_unsaved(); });
}

std::set<std::uint64_t> Store::ids() const {
  std::set<std::uint64_t> ids{rejects_id_};
  for (const auto& [name, type] : types_)
    if (type.row.table_id != 0) ids.insert(type.row.table_id);
  return ids;
}

Save Store::save() {
  Save to;
  saving_ = {};
  for (const auto& [name, table] : tables_) types_.try_emplace(name);
  for (auto& [name, type] : types_) save_type(name, type, to);
  save_definitions(to);
  save_rejects_and_head(to);
  to.gone.insert(to.gone.end(), abandoned_.begin(), abandoned_.end());
  saving_.abandoned = abandoned_.size();
  return to;
}

void Store::save_type(const std::string& name, Type& type, Save& to) {
  const auto found = tables_.find(name);
  const std::shared_ptr<Table> table = found == tables_.end() ? nullptr : found->second;
  const bool table_changed = table && table->has_unsaved();
  TypeRow now = type.row;
  now.there = true;
  save_positions(type, to);
  now.id = type.id;
  now.positions = type.positions.size();
  now.table_id = !table ? 0 : table_changed ? save_table(table, to) : table->saved_as();
  type.saving = now;
  if (now == type.row && !table_changed) return;
  std::string row;
  append_varint(row, now.id);
  append_varint(row, now.positions);
  append_varint(row, now.table_id);
  append_varint(row, table ? table->held() : 0);
  append_varint(row, table ? table->held_rejects() : 0);
  put_row(to.changed, layout::type_key(name), std::move(row));
}

std::uint64_t Store::save_table(const std::shared_ptr<Table>& table, Save& to) {
  const bool all = table->saved_as() == 0 || is_worth_all(*table);
  const std::uint64_t id = all ? next_id_++ : table->saved_as();
  table->save(id, all ? to.fresh : to.changed, to.changed);
  saving_.tables.push_back(table);
  return id;
}

void Store::save_positions(Type& type, Save& to) {
  if (type.positions.empty()) return;
  std::size_t from = type.id != 0 && type.id == type.row.id ? type.row.positions : 0;
  if (type.id == 0) type.id = next_id_++;
  while (from < type.positions.size()) {
    const std::size_t end = std::min(type.positions.size(), from + positions_a_row);
    const Lc first = type.positions[from];
    std::string row;
    for (Lc before = first; from < end; before = type.positions[from++])
      append_varint(row, type.positions[from] - before);
    put_row(to.changed, key_of(Tag::positions, type.id, first), std::move(row));
  }
}

void Store::save_definitions(Save& to) {
  saving_.definitions = definitions_unsaved_;
  if (!std::exchange(definitions_unsaved_, false)) return;
  const std::string all = definitions_.save();
  definitions_bytes_ = all.size();
  definitions_hash_ = hash64(all);
  to.gone.push_back(key_of(Tag::definitions));
  for (std::size_t at = 0; at < all.size(); at += layout::most_row_bytes)
    put_row(to.changed, key_of(Tag::definitions, at), all.substr(at, layout::most_row_bytes));
}

void Store::save_rejects_and_head(Save& to) {
  if (rejects_id_ == 0) rejects_id_ = next_id_++;
  save_rejects(rejects_, rejects_saved_, rejects_id_, to.changed);
  saving_.rejects_id = rejects_id_;
  saving_.rejects = rejects_.size();
  std::string head(1, static_cast<char>(layout::form));
  for (const std::uint64_t number : {next_id_, std::uint64_t{types_.size()}, definitions_bytes_, definitions_hash_,
                                     rejects_id_, std::uint64_t{rejects_.size()}})
    append_varint(head, number);
  put_row(to.changed, key_of(Tag::head), std::move(head));
}

void Store::saved(bool durable) {
  Saving saving = std::exchange(saving_, {});
  for (const auto& table : saving.tables) table->saved(durable);
  definitions_unsaved_ |= !durable && saving.definitions;
  if (!durable) return;
  for (auto& [name, type] : types_) type.row = type.saving;
  if (saving.rejects_id == rejects_id_) rejects_saved_ = saving.rejects;
  abandoned_.erase(abandoned_.begin(), abandoned_.begin() + static_cast<std::ptrdiff_t>(saving.abandoned));
}

bool Store::load_definitions(ReadTxn& txn, std::uint64_t bytes, std::uint64_t hash) {
  std::string all;
  while (all.size() < bytes) {
    const std::string key = key_of(Tag::definitions, all.size());
    const auto row = txn.get(kTriplesTable, key);
    const BytesView said = row ? unsealed(key, *row) : BytesView{};
    if (said.empty()) return false;
    all += said;
  }
  definitions_unsaved_ = false;
  definitions_bytes_ = bytes;
  definitions_hash_ = hash;
  return all.size() == bytes && hash64(all) == hash && definitions_.load(all);
}

bool Store::load(ReadTxn& txn) {
  try {
    if (load_all(txn)) {
      stale_.clear();  // of definitions that were given: what is loaded was folded by them
      return true;
    }
  } catch (const Failure&) {  // it can't be read: that is as if it were not there
  }
  definitions_ = {};
  definitions_unsaved_ = true;
  tables_.clear();
  types_.clear();
  rejects_.clear();
  rejects_saved_ = 0;
  rejects_id_ = 0;
  next_id_ = 1;
  return false;
}

bool Store::load_all(ReadTxn& txn) {
  const std::string head_key = key_of(Tag::head);
  const auto row = txn.get(kTriplesTable, head_key);
  ByteReader head(row ? unsealed(head_key, *row) : BytesView{});
  if (head.byte() != layout::form) return false;
  next_id_ = head.varint();
  const std::uint64_t types = head.varint(), bytes = head.varint(), hash = head.varint();
  rejects_id_ = head.varint();
  const std::uint64_t rejects = head.varint();
  if (!head.ok() || !load_definitions(txn, bytes, hash)) return false;
  if (!load_rejects(txn, rejects_id_, rejects, rejects_)) return false;
  rejects_saved_ = rejects_.size();
  const auto cursor = txn.cursor(kTriplesTable);
  const std::string prefix = key_of(Tag::type);
  for (bool there = cursor->seek(prefix); there && cursor->key().starts_with(prefix); there = cursor->next()) {
    const std::string name(cursor->key().substr(prefix.size()));
    if (!load_type(txn, name, ByteReader(unsealed(cursor->key(), cursor->value())))) return false;
  }
  avoid_ids(txn);
  return types_.size() == types;
}

void Store::avoid_ids(ReadTxn& txn) {
  const auto cursor = txn.cursor(kTriplesTable);
  if (!cursor->last()) return;
  ByteReader key(cursor->key());
  if (key.byte() == static_cast<std::uint8_t>(Tag::cells)) next_id_ = std::max(next_id_, key.ordered() + 1);
}

void Store::replace(ReadTxn& txn) {
  avoid_ids(txn);
  for (const Tag tag : {Tag::definitions, Tag::type, Tag::rejects, Tag::positions}) abandon(key_of(tag));
}

bool Store::load_type(ReadTxn& txn, const std::string& name, ByteReader row) {
  Type& type = types_[name];
  type.id = type.row.id = row.varint();
  type.row.positions = row.varint();
  type.row.table_id = row.varint();
  type.row.there = true;
  const std::uint64_t rows = row.varint(), rejects = row.varint();
  if (!row.ok() || !row.at_end()) return false;
  const auto cursor = txn.cursor(kTriplesTable);
  const std::string prefix = key_of(Tag::positions, type.id);
  for (bool there = type.id != 0 && cursor->seek(prefix); there && cursor->key().starts_with(prefix);
       there = cursor->next()) {
    ByteReader key(cursor->key().substr(prefix.size()));
    ByteReader deltas(unsealed(cursor->key(), cursor->value()));
    if (deltas.at_end()) return false;
    for (Lc at = key.ordered(); !deltas.at_end();) type.positions.push_back(at += deltas.varint());
  }
  if (type.positions.size() != type.row.positions) return false;
  if (type.row.table_id == 0) return true;
  auto table = fresh_table(name);
  if (!table || !table->load(txn, type.row.table_id, rows, rejects)) return false;
  tables_[name] = std::move(table);
  return true;
}

}  // namespace laterbase::triples
