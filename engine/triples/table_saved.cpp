#include <algorithm>
#include <map>

#include "engine/triples/layout.h"
#include "engine/triples/reject_bytes.h"
#include "engine/triples/table.h"

// A table in the environment.
namespace laterbase::triples {
namespace {

using layout::key_of;
using layout::Tag;

constexpr std::uint64_t life = 0;  // the attribute

std::string cells_of(std::uint64_t id, std::uint64_t attribute) { return key_of(Tag::cells, id, attribute); }

std::uint64_t attribute_of(const Column& column) { return static_cast<std::uint64_t>(column.number); }

// How many cells of a row are to be found: none may be missing.
template <typename Cells, typename IsEmpty>
std::uint64_t written_cells(const Cells& cells, IsEmpty&& is_empty) {
  return static_cast<std::uint64_t>(cells.size()) -
         static_cast<std::uint64_t>(std::count_if(cells.begin(), cells.end(), is_empty));
}

// The rows of one attribute, in the order of their subjects.
class AttributeScan {
 public:
  AttributeScan(ReadTxn& txn, std::string prefix) : prefix_(std::move(prefix)), cursor_(txn.cursor(kTriplesTable)) {
    there_ = cursor_->seek(prefix_) && is_mine();
  }

  bool there() const noexcept { return there_; }
  BytesView subject() const { return cursor_->key().substr(prefix_.size()); }
  // Nothing where it is damaged.
  BytesView said() const { return unsealed(cursor_->key(), cursor_->value()); }
  void next() { there_ = cursor_->next() && is_mine(); }

 private:
  bool is_mine() const { return cursor_->key().starts_with(prefix_); }

  std::string prefix_;
  std::unique_ptr<Cursor> cursor_;
  bool there_ = false;
};

// Rows whose keys begin alike.
struct RowWriter {
  RowWriter(std::string key_prefix, StoredRows& rows) : key(std::move(key_prefix)), prefix(key.size()), to(rows) {}

  void add(std::string_view subject) {
    key.resize(prefix);
    key += subject;
    seal(value, key);
    to.add(key, value);
    value.clear();
  }

  std::string key;
  const std::size_t prefix;
  StoredRows& to;
  std::string value;
};

}  // namespace

bool Table::has_unsaved() const noexcept {
  return saved_as_ == 0 || !unsaved_.empty() || rejects_saved_ != rejects_.size();
}

void Table::save(std::uint64_t id, StoredRows& cells, StoredRows& rejects) {
  const bool all = id != saved_as_;
  rows_.pack_all();
  saving_ = {id, std::exchange(unsaved_, {}), rejects_.size()};
  if (all) {
    saving_.rows.clear();
    rows_.for_each([&](Rows::Number number) { saving_.rows.push_back(number); });
  }
  std::sort(saving_.rows.begin(), saving_.rows.end(),
            [this](Rows::Number a, Rows::Number b) { return rows_.subject(a) < rows_.subject(b); });
  save_rejects(rejects_, all ? 0 : rejects_saved_, id, rejects);
  save_lives(cells);
  std::map<std::uint64_t, std::size_t> by_attribute;
  for (std::size_t i = 0; i < shape().columns.size(); ++i)
    if (!shape().is_key(i)) by_attribute.emplace(attribute_of(shape().columns[i]), i);
  for (const auto& [attribute, column] : by_attribute) save_cells(column, all, cells);
  for (const Rows::Number number : saving_.rows) rows_.mark_cells(number, false);
}

void Table::save_lives(StoredRows& to) {
  RowWriter writer(cells_of(saving_.id, life), to);
  for (const Rows::Number number : saving_.rows) {
    rows_.clear_unsaved(number);
    const Rows::PackedRow row = rows_.packed(number);
    append_version(writer.value, row.died);
    append_version(writer.value, row.lived);
    append_varint(writer.value, written_cells(row.cells, [](const auto& cell) { return cell.bytes.empty(); }));
    writer.add(rows_.subject(number));
  }
}

void Table::save_cells(std::size_t column, bool all, StoredRows& to) const {
  RowWriter writer(cells_of(saving_.id, attribute_of(shape().columns[column])), to);
  for (const Rows::Number number : saving_.rows) {
    const Rows::PackedCell cell = rows_.packed_cell(number, column);
    if (all ? cell.bytes.empty() : !cell.unsaved) continue;
    writer.value = cell.bytes;
    if (cell.bytes.empty()) Cell().save(writer.value);
    writer.add(rows_.subject(number));
  }
}

void Table::saved(bool durable) {
  Saving saving = std::exchange(saving_, {});
  if (saving.id == 0) return;
  if (durable) {
    saved_as_ = saving.id;
    rejects_saved_ = saving.rejects;
    return;
  }
  for (const Rows::Number number : saving.rows) {
    rows_.mark_cells(number, true);
    if (rows_.mark_unsaved(number)) unsaved_.push_back(number);
  }
}

bool Table::load(ReadTxn& txn, std::uint64_t id, std::uint64_t rows, std::uint64_t rejects) {
  if (!load_rejects(txn, id, rejects, rejects_)) return false;
  if (!load_rows(txn, id) || rows_.size() != rows) return false;
  saved_as_ = id;
  rejects_saved_ = rejects_.size();
  return true;
}

// Subjects ascend in every attribute, so one pass over all of them at once makes row by row.
bool Table::load_rows(ReadTxn& txn, std::uint64_t id) {
  AttributeScan lives(txn, cells_of(id, life));
  std::vector<std::optional<AttributeScan>> cells(shape().columns.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!shape().is_key(i)) cells[i].emplace(txn, cells_of(id, attribute_of(shape().columns[i])));
  std::vector<BytesView> found(cells.size());
  for (; lives.there(); lives.next()) {
    const std::string subject(lives.subject());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      found[i] = {};
      if (!cells[i] || !cells[i]->there() || cells[i]->subject() != subject) continue;
      found[i] = cells[i]->said();
      if (found[i].empty()) return false;
    }
    if (!load_row(subject, lives.said(), found)) return false;
    for (auto& column : cells)
      if (column && column->there() && column->subject() == subject) column->next();
  }
  return std::none_of(cells.begin(), cells.end(), [](const auto& column) { return column && column->there(); });
}

bool Table::load_row(std::string_view subject, BytesView life_said, const std::vector<BytesView>& cells) {
  RowState row;
  ByteReader reader(life_said);
  row.died = reader.version();
  row.lived = reader.version();
  const std::uint64_t written = reader.varint();
  if (!reader.ok() || !reader.at_end()) return false;
  if (!shape().key.empty() && !reader_.read_subject(subject, shape())) return false;
  row.cells.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    ByteReader cell(cells[i]);
    if (!row.cells[i].load(cell) || !cell.at_end()) return false;
  }
  if (written_cells(row.cells, [](const Cell& cell) { return cell.empty(); }) != written) return false;
  const bool shows = is_there(row);
  const Rows::Number number = rows_.add(subject, std::move(row));
  if (shows) show(number, build(subject, rows_.open(number)), nullptr);
  rows_.pack_some();
  return true;
}

}  // namespace laterbase::triples
