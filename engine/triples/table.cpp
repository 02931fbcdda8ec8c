#include "engine/triples/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase::triples {
namespace {

constexpr std::size_t most_rejects = 100'000;  // kept for a table

}  // namespace

Table::Table(std::vector<Declaration> declarations, const Version& floor, const ValueReader& reader)
    : declarations_(std::move(declarations)), floor_(floor), reader_(reader), unique_(shape().unique.size()) {
  LATERBASE_INVARIANT(!declarations_.empty(), "a table has a declaration");
  for (const Column& column : shape().columns) {
    schema_.push_back({column.name, column.type});
    const bool has = !column.default_value.empty();
    defaults_.push_back(has ? reader_.read(column.default_value, column).value_or(ivm::Value{}) : ivm::Value{});
  }
  schema_.push_back({"", {ivm::TypeKind::text, ivm::TypeKind::unknown}});
  resolve_names();
}

void Table::resolve_names() {
  const auto place_of = [this](int number) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < shape().columns.size(); ++i)
      if (shape().columns[i].number == number) return i;
    return std::nullopt;
  };
  const std::size_t count = declarations_.size();
  names_.resize(count);
  for (std::size_t in_force = 0; in_force < count; ++in_force) {
    const auto add = [&](std::size_t from) {
      for (const Column& column : declarations_[from].shape.columns)
        names_[in_force].emplace(column.name, Slot{true, place_of(column.number)});
    };
    for (std::size_t later = in_force; later < count; ++later) add(later);
    for (std::size_t earlier = in_force; earlier-- > 0;) add(earlier);
  }
}

Table::Slot Table::resolve(const Version& version, std::string_view attribute) const {
  const auto after = std::upper_bound(declarations_.begin(), declarations_.end(), version,
                                      [](const Version& v, const Declaration& d) { return v < d.version; });
  const auto in_force = after == declarations_.begin() ? 0 : after - declarations_.begin() - 1;
  const Names& names = names_[static_cast<std::size_t>(in_force)];
  const auto found = names.find(std::string(attribute));
  return found == names.end() ? Slot{} : found->second;
}

// Nothing where the subject can't be the key.
Table::Rows::value_type* Table::row_for(std::string_view subject) {
  std::string name(subject);
  auto found = rows_.find(name);
  if (found == rows_.end()) {
    RowState fresh;
    if (!shape().key.empty()) {
      auto key = reader_.read_subject(subject, shape());
      if (!key) return nullptr;
      fresh.key = std::move(*key);
    }
    fresh.cells.resize(shape().columns.size());
    if (trial_) trial_->emplace(name, std::nullopt);
    found = rows_.emplace(std::move(name), std::move(fresh)).first;
  } else if (trial_ && !trial_->contains(name)) {
    trial_->emplace(std::move(name), found->second);
  }
  if (!std::exchange(found->second.touched, true)) touched_.push_back(&*found);
  if (!trial_ && !std::exchange(found->second.unsaved, true)) unsaved_.push_back(&*found);
  return &*found;
}

std::optional<std::string> Table::apply(Lc lc, const Version& version, const Fact& fact) {
  if (version <= floor_) return std::nullopt;
  Rows::value_type* row = row_for(fact.subject);
  auto trouble = row == nullptr ? std::optional<std::string>("the subject is not what this table's key would be")
                                : apply_to(*row, version, fact);
  if (trouble && !trial_ && rejects_.size() < most_rejects)
    rejects_.push_back({lc, version.key, version.index, *trouble});
  return trouble;
}

std::optional<std::string> Table::apply_to(Rows::value_type& entry, const Version& version, const Fact& fact) {
  RowState& row = entry.second;
  if (fact.attribute.empty()) return about_row(row, version, fact.value);
  const Slot slot = resolve(version, fact.attribute);
  if (!slot.known && shape().strict) return fmt::format("there is no column \"{}\"", fact.attribute);
  if (slot.column) {
    if (shape().is_key(*slot.column)) {
      if (auto trouble = check_key(row, *slot.column, fact.value)) return trouble;
    } else {
      const Column& column = shape().columns[*slot.column];
      Cell& cell = row.cells[*slot.column];
      if (auto trouble = cell.merge(column, version, fact.value, reader_))
        return fmt::format("column \"{}\": {}", column.name, *trouble);
      // What a remove has seen stays removed, also where it comes after the row's death and was before it.
      if (version <= row.died) cell.forget(row.died);
    }
  }
  live(row, version);
  return std::nullopt;
}

std::optional<std::string> Table::check_key(const RowState& row, std::size_t column, std::string_view json) const {
  const auto place = std::find(shape().key.begin(), shape().key.end(), column) - shape().key.begin();
  const auto value = reader_.read(json, shape().columns[column]);
  if (value && *value == row.key[static_cast<std::size_t>(place)]) return std::nullopt;
  return "the key's value is not the subject's";
}

std::optional<std::string> Table::about_row(RowState& row, const Version& version, std::string_view json) {
  const auto operation = read_operation(json);
  if (!operation || operation->name != "exists") return "a row takes {\"exists\": true} or {\"exists\": false}";
  if (operation->argument == "true")
    live(row, version);
  else if (operation->argument == "false")
    die(row, version);
  else
    return "a row takes {\"exists\": true} or {\"exists\": false}";
  return std::nullopt;
}

void Table::live(RowState& row, const Version& version) { row.lived = std::max(row.lived, version); }

void Table::die(RowState& row, const Version& version) {
  if (version <= row.died) return;
  row.died = version;
  for (Cell& cell : row.cells) cell.forget(version);
}

std::optional<std::string> Table::missing(const RowState& row) const {
  if (!shape().strict) return std::nullopt;
  for (std::size_t i = 0; i < shape().columns.size(); ++i) {
    const Column& column = shape().columns[i];
    if (!column.not_null || shape().is_key(i)) continue;
    const bool none = row.cells[i].empty() && column.merge == Merge::last_writer ? defaults_[i].is_null()
                                                                                 : row.cells[i].value(column).is_null();
    if (none) return fmt::format("column \"{}\" has no value and is NOT NULL", column.name);
  }
  return std::nullopt;
}

ivm::RowView Table::build(const std::string& subject, const RowState& row) {
  const std::size_t columns = shape().columns.size();
  builder_.begin(columns + 1);
  for (std::size_t i = 0; i < columns; ++i) {
    const Column& column = shape().columns[i];
    if (shape().is_key(i)) continue;
    const bool unwritten = row.cells[i].empty() && column.merge == Merge::last_writer;
    builder_.value(i, unwritten ? defaults_[i] : row.cells[i].value(column));
  }
  for (std::size_t i = 0; i < shape().key.size(); ++i) builder_.value(shape().key[i], row.key[i]);
  builder_.bytes(columns, subject);
  return builder_.finish();
}

void Table::show(Rows::value_type& entry, ivm::RowView fresh, ivm::Batch* changes) {
  RowState& row = entry.second;
  if (row.shown == static_cast<bool>(fresh) && (!row.shown || row.row.view() == fresh)) return;
  if (row.shown) {
    index(entry, false);
    if (changes != nullptr) changes->add(row.row.view(), -1);
    --shown_;
  }
  row.shown = static_cast<bool>(fresh);
  row.row = row.shown ? ivm::Row(fresh) : ivm::Row();
  if (!row.shown) return;
  ++shown_;
  index(entry, true);
  if (changes != nullptr) changes->add(row.row.view(), +1);
}

void Table::flush(ivm::Batch* changes) {
  for (Rows::value_type* entry : touched_) {
    RowState& row = entry->second;
    row.touched = false;
    const bool there = row.lived > row.died && !missing(row);
    show(*entry, there ? build(entry->first, row) : ivm::RowView{}, changes);
  }
  touched_.clear();
}

void Table::end_trial() {
  flush(nullptr);
  for (auto& [subject, before] : *trial_) {
    const auto found = rows_.find(subject);
    const ivm::Row row = before ? before->row : ivm::Row();
    show(*found, before && before->shown ? row.view() : ivm::RowView{}, nullptr);
    if (before)
      found->second = std::move(*before);
    else
      rows_.erase(found);
  }
  trial_.reset();
}

void Table::scan(const std::function<void(ivm::RowView)>& visit) const {
  for (const auto& [subject, row] : rows_)
    if (row.shown) visit(row.row.view());
}

const RowState* Table::find(const std::string& subject) const {
  const auto found = rows_.find(subject);
  return found == rows_.end() ? nullptr : &found->second;
}

std::size_t Table::unique_hash(std::size_t constraint, ivm::RowView row, bool* has_null) const {
  std::size_t hash = 0;
  *has_null = false;
  for (const std::size_t column : shape().unique[constraint]) {
    const ivm::Value value = row.value(column, shape().columns[column].type.kind);
    *has_null |= value.is_null();
    hash = hash * 0x9e3779b97f4a7c15ULL + ivm::hash_of(value);
  }
  return hash;
}

void Table::index(const Rows::value_type& entry, bool add) {
  for (std::size_t i = 0; i < unique_.size(); ++i) {
    bool has_null = false;
    const std::size_t hash = unique_hash(i, entry.second.row.view(), &has_null);
    if (has_null) continue;
    if (add) {
      unique_[i].emplace(hash, &entry.first);
      continue;
    }
    const auto [begin, end] = unique_[i].equal_range(hash);
    const auto found = std::find_if(begin, end, [&](const auto& one) { return one.second == &entry.first; });
    if (found != end) unique_[i].erase(found);
  }
}

std::vector<std::string> Table::find_unique(std::size_t constraint, ivm::RowView row) const {
  std::vector<std::string> subjects;
  bool has_null = false;
  const std::size_t hash = unique_hash(constraint, row, &has_null);
  if (has_null) return subjects;
  const auto [begin, end] = unique_[constraint].equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    const RowState& other = rows_.at(*at->second);
    const bool same =
        std::all_of(shape().unique[constraint].begin(), shape().unique[constraint].end(), [&](auto column) {
          const auto kind = shape().columns[column].type.kind;
          return row.value(column, kind) == other.row.view().value(column, kind);
        });
    if (same) subjects.push_back(*at->second);
  }
  return subjects;
}

std::vector<Reject> Table::rejects() const {
  std::vector<Reject> all = rejects_;
  for (const auto& [subject, row] : rows_) {
    if (row.shown || row.lived <= row.died || all.size() >= most_rejects) continue;
    if (auto why = missing(row)) all.push_back({0, row.lived.key, row.lived.index, subject + ": " + *why});
  }
  return all;
}

}  // namespace laterbase::triples
