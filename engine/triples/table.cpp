#include "engine/triples/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase::triples {
namespace {

constexpr std::size_t most_rejects = 100'000;  // kept for a table

}  // namespace

Table::Table(std::vector<Declaration> declarations, const Version& floor, const ValueReader& reader,
             RowsOptions options, OrdersOptions orders)
    : declarations_(std::move(declarations)),
      floor_(floor),
      reader_(reader),
      rows_(shape().columns.size(), options),
      unique_(shape().unique.size()),
      orders_(schema_, std::move(orders)) {
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
std::optional<Rows::Number> Table::row_for(std::string_view subject) {
  std::optional<Rows::Number> number = rows_.find(subject);
  if (!number) {
    if (!shape().key.empty() && !reader_.read_subject(subject, shape())) return std::nullopt;
    RowState fresh;
    fresh.cells.resize(shape().columns.size());
    number = rows_.add(subject, std::move(fresh));
    if (trial_) trial_->emplace(*number, std::nullopt);
  } else if (trial_ && !trial_->contains(*number)) {
    trial_->emplace(*number, rows_.read(*number));
  }
  if (rows_.mark_touched(*number)) touched_.push_back(*number);
  if (!trial_ && rows_.mark_unsaved(*number)) unsaved_.push_back(*number);
  return number;
}

std::optional<std::string> Table::apply(Lc lc, const Version& version, const Fact& fact) {
  if (version <= floor_) return std::nullopt;
  const std::optional<Rows::Number> row = row_for(fact.subject);
  auto trouble = row ? apply_to(*row, version, fact)
                     : std::optional<std::string>("the subject is not what this table's key would be");
  if (trouble && !trial_ && rejects_.size() < most_rejects)
    rejects_.push_back({lc, version.key, version.index, *trouble});
  return trouble;
}

std::optional<std::string> Table::apply_to(Rows::Number number, const Version& version, const Fact& fact) {
  RowState& row = rows_.open(number);
  if (fact.attribute.empty()) return about_row(row, version, fact.value);
  const Slot slot = resolve(version, fact.attribute);
  if (!slot.known && shape().strict) return fmt::format("there is no column \"{}\"", fact.attribute);
  if (slot.column) {
    if (shape().is_key(*slot.column)) {
      if (auto trouble = check_key(fact.subject, *slot.column, fact.value)) return trouble;
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

std::optional<std::string> Table::check_key(std::string_view subject, std::size_t column, std::string_view json) const {
  const auto place = std::find(shape().key.begin(), shape().key.end(), column) - shape().key.begin();
  const auto key = reader_.read_subject(subject, shape());
  const auto value = reader_.read(json, shape().columns[column]);
  if (value && *value == (*key)[static_cast<std::size_t>(place)]) return std::nullopt;
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

ivm::RowView Table::build(std::string_view subject, const RowState& row) {
  const std::size_t columns = shape().columns.size();
  builder_.begin(columns + 1);
  for (std::size_t i = 0; i < columns; ++i) {
    const Column& column = shape().columns[i];
    if (shape().is_key(i)) continue;
    const bool unwritten = row.cells[i].empty() && column.merge == Merge::last_writer;
    builder_.value(i, unwritten ? defaults_[i] : row.cells[i].value(column));
  }
  if (!shape().key.empty()) {
    const auto key = reader_.read_subject(subject, shape());
    for (std::size_t i = 0; i < shape().key.size(); ++i) builder_.value(shape().key[i], (*key)[i]);
  }
  builder_.bytes(columns, subject);
  return builder_.finish();
}

void Table::show(Rows::Number number, ivm::RowView fresh, ivm::Batch* changes) {
  const ivm::RowView before = rows_.shown(number);
  if (before ? fresh && before == fresh : !fresh) return;
  if (before) {
    index(number, false);
    if (changes != nullptr) changes->add(before, -1);
    --shown_;
  }
  rows_.show(number, fresh);
  if (!fresh) return;
  ++shown_;
  index(number, true);
  if (changes != nullptr) changes->add(fresh, +1);
}

void Table::flush(ivm::Batch* changes) {
  for (const Rows::Number number : touched_) {
    rows_.clear_touched(number);
    const RowState& row = rows_.open(number);
    show(number, is_there(row) ? build(rows_.subject(number), row) : ivm::RowView{}, changes);
  }
  touched_.clear();
  rows_.pack_some();
}

void Table::end_trial() {
  flush(nullptr);
  for (auto& [number, before] : *trial_) {
    const bool shows = before && is_there(*before);
    show(number, shows ? build(rows_.subject(number), *before) : ivm::RowView{}, nullptr);
    if (before)
      rows_.replace(number, std::move(*before));
    else
      rows_.erase(number);
  }
  trial_.reset();
}

void Table::scan(const std::function<void(ivm::RowView)>& visit) const {
  rows_.for_each([&](Rows::Number number) {
    if (const ivm::RowView row = rows_.shown(number)) visit(row);
  });
}

ivm::RowView Table::find(std::string_view subject) const {
  const auto number = rows_.find(subject);
  return number ? rows_.shown(*number) : ivm::RowView{};
}

Cell Table::cell(std::string_view subject, std::size_t column) const {
  const auto number = rows_.find(subject);
  LATERBASE_INVARIANT(number, "a row that shows is there");
  return rows_.cell(*number, column);
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

void Table::index(Rows::Number number, bool add) {
  if (add)
    orders_.insert(rows_.shown(number));
  else
    orders_.erase(rows_.shown(number));
  for (std::size_t i = 0; i < unique_.size(); ++i) {
    bool has_null = false;
    const std::size_t hash = unique_hash(i, rows_.shown(number), &has_null);
    if (has_null) continue;
    if (add) {
      unique_[i].emplace(hash, number);
      continue;
    }
    const auto [begin, end] = unique_[i].equal_range(hash);
    const auto found = std::find_if(begin, end, [&](const auto& one) { return one.second == number; });
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
    const ivm::RowView other = rows_.shown(at->second);
    const bool same =
        std::all_of(shape().unique[constraint].begin(), shape().unique[constraint].end(), [&](auto column) {
          const auto kind = shape().columns[column].type.kind;
          return row.value(column, kind) == other.value(column, kind);
        });
    if (same) subjects.emplace_back(rows_.subject(at->second));
  }
  return subjects;
}

bool Table::read(const std::vector<ivm::Order>& order, const ivm::Range& range, bool backwards,
                 const std::function<bool(ivm::RowView)>& visit) const {
  const ivm::RowIndex* index = orders_.in(order, [this](const auto& take) { scan(take); });
  if (index != nullptr) index->read(range, backwards, visit);
  return index != nullptr;
}

std::optional<std::size_t> Table::column_of(const Version& version, std::string_view name) const {
  return resolve(version, name).column;
}

std::optional<Table::Standing> Table::standing(const Version& version, const Fact& fact) const {
  const auto number = rows_.find(fact.subject);
  if (!number || version <= floor_) return std::nullopt;
  const RowState row = rows_.read(*number);
  const bool is_alive = version > row.died;
  if (fact.attribute.empty()) {
    const auto operation = read_operation(fact.value);
    if (!operation || operation->name != "exists") return std::nullopt;
    return Standing{std::nullopt, operation->argument == "true" ? is_alive : version == row.died};
  }
  const Slot slot = resolve(version, fact.attribute);
  if (!slot.column) return std::nullopt;
  if (shape().is_key(*slot.column)) return Standing{slot.column, is_alive};
  const Column& column = shape().columns[*slot.column];
  return Standing{slot.column, is_alive && row.cells[*slot.column].counts(column, version, fact.value, reader_)};
}

std::vector<Reject> Table::rejects() const {
  std::vector<Reject> all = rejects_;
  rows_.for_each([&](Rows::Number number) {
    if (rows_.shown(number) || all.size() >= most_rejects) return;
    const RowState row = rows_.read(number);
    if (row.lived <= row.died) return;
    if (auto why = missing(row))
      all.push_back({0, row.lived.key, row.lived.index, std::string(rows_.subject(number)) + ": " + *why});
  });
  return all;
}

}  // namespace laterbase::triples
