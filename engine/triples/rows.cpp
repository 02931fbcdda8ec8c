#include "engine/triples/rows.h"

#include <cstring>
#include <utility>

#include "engine/base/hash.h"
#include "engine/base/invariant.h"
#include "engine/triples/stored_bytes.h"

// A packed row: bytes u64 | subject's bytes u32 | subject | died | lived | of each column: size * 2 + unsaved, a cell.
namespace laterbase::triples {
namespace {

struct Head {
  std::uint64_t bytes;  // of all
  std::uint32_t subject_bytes;
};
constexpr std::size_t head_bytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);

Head head_of(const char* packed) noexcept {
  Head head;
  std::memcpy(&head, packed, head_bytes);
  return head;
}

std::string_view subject_of(const char* packed) noexcept {
  return {packed + head_bytes, head_of(packed).subject_bytes};
}

// All behind the subject.
std::string_view facts_of(const char* packed) noexcept {
  const Head head = head_of(packed);
  const std::size_t begin = head_bytes + head.subject_bytes;
  return {packed + begin, head.bytes - begin};
}

void append_cell(std::string& to, const Cell& cell, std::string& buffer) {
  buffer.clear();
  if (!cell.empty()) cell.save(buffer);
  append_varint(to, buffer.size() * 2 + (cell.is_unsaved() ? 1 : 0));
  to += buffer;
}

Rows::PackedCell take_cell(ByteReader& from) {
  const std::uint64_t head = from.varint();
  return {from.bytes(head / 2), head % 2 != 0};
}

Cell cell_of(const Rows::PackedCell& packed) {
  Cell cell;
  ByteReader bytes(packed.bytes);
  if (!packed.bytes.empty()) LATERBASE_INVARIANT(cell.load(bytes), "what was packed can be unpacked");
  if (packed.unsaved) cell.mark_unsaved();
  return cell;
}

}  // namespace

Rows::Rows(std::size_t columns, RowsOptions options)
    : columns_(columns),
      most_open_(options.most_open),
      pool_(options.memory),
      index_(0, PlaceHash{}, PlaceEqual{this}) {}

std::uint32_t Rows::hash_of(std::string_view subject) noexcept { return static_cast<std::uint32_t>(hash64(subject)); }

std::optional<Rows::Number> Rows::find(std::string_view subject) const {
  const auto found = index_.find(Wanted{hash_of(subject), subject});
  return found == index_.end() ? std::nullopt : std::optional(found->number);
}

Rows::Number Rows::fresh_number() {
  if (!free_.empty()) {
    const Number number = free_.back();
    free_.pop_back();
    return number;
  }
  entries_.emplace_back();
  return static_cast<Number>(entries_.size() - 1);
}

Rows::Number Rows::add(std::string_view subject, RowState state) {
  const Number number = fresh_number();
  open_.emplace(number, Open{std::string(subject), std::move(state)});
  index_.insert(Place{hash_of(subject), number});
  return number;
}

void Rows::erase(Number number) noexcept {
  const std::string_view name = subject(number);
  index_.erase(index_.find(Wanted{hash_of(name), name}));
  Entry& entry = entries_[number];
  if (entry.row) pool_.free(const_cast<char*>(entry.row.block()), entry.row.bytes());
  drop_packed(entry);
  open_.erase(number);
  entry = {};
  free_.push_back(number);
}

std::string_view Rows::subject(Number number) const {
  const char* packed = entries_[number].packed;
  return packed != nullptr ? subject_of(packed) : std::string_view(open_.at(number).subject);
}

void Rows::for_each(const std::function<void(Number)>& visit) const {
  for (Number number = 0; number < entries_.size(); ++number)
    if (entries_[number].packed != nullptr || open_.contains(number)) visit(number);
}

RowState Rows::unpacked(const char* packed) const {
  RowState state;
  ByteReader bytes(facts_of(packed));
  state.died = bytes.version();
  state.lived = bytes.version();
  state.cells.reserve(columns_);
  for (std::size_t i = 0; i < columns_; ++i) state.cells.push_back(cell_of(take_cell(bytes)));
  return state;
}

RowState& Rows::open(Number number) {
  Entry& entry = entries_[number];
  if (entry.packed == nullptr) return open_.at(number).state;
  Open& open = open_.emplace(number, Open{std::string(subject_of(entry.packed)), unpacked(entry.packed)}).first->second;
  drop_packed(entry);
  return open.state;
}

RowState Rows::read(Number number) const {
  const char* packed = entries_[number].packed;
  return packed != nullptr ? unpacked(packed) : open_.at(number).state;
}

Cell Rows::cell(Number number, std::size_t column) const {
  if (entries_[number].packed == nullptr) return open_.at(number).state.cells[column];
  return cell_of(packed_cell(number, column));
}

Rows::PackedCell Rows::packed_cell(Number number, std::size_t column) const {
  ByteReader bytes(facts_of(entries_[number].packed));
  bytes.version();
  bytes.version();
  for (; column != 0; --column) take_cell(bytes);
  return take_cell(bytes);
}

Rows::PackedRow Rows::packed(Number number) const {
  PackedRow row;
  ByteReader bytes(facts_of(entries_[number].packed));
  row.died = bytes.version();
  row.lived = bytes.version();
  row.cells.reserve(columns_);
  for (std::size_t i = 0; i < columns_; ++i) row.cells.push_back(take_cell(bytes));
  return row;
}

void Rows::mark_cells(Number number, bool unsaved) {
  char* const block = entries_[number].packed;
  if (block == nullptr) {
    for (Cell& cell : open_.at(number).state.cells) unsaved ? cell.mark_unsaved() : void(cell.take_unsaved());
    return;
  }
  // The mark is the lowest bit of the first byte before the cell's.
  ByteReader bytes(facts_of(block));
  bytes.version();
  bytes.version();
  for (std::size_t i = 0; i < columns_; ++i) {
    char& head = const_cast<char&>(*bytes.next());
    head = static_cast<char>(unsaved ? head | 1 : head & ~1);
    take_cell(bytes);
  }
}

void Rows::pack(Number number, const Open& open) {
  std::string bytes = std::exchange(buffer_, {}), cell;
  bytes.assign(head_bytes, '\0');
  bytes += open.subject;
  append_version(bytes, open.state.died);
  append_version(bytes, open.state.lived);
  for (const Cell& one : open.state.cells) append_cell(bytes, one, cell);
  const Head head{bytes.size(), static_cast<std::uint32_t>(open.subject.size())};
  std::memcpy(bytes.data(), &head, head_bytes);
  char* const block = pool_.allocate(bytes.size());
  std::memcpy(block, bytes.data(), bytes.size());
  entries_[number].packed = block;
  buffer_ = std::move(bytes);
}

void Rows::drop_packed(Entry& entry) noexcept {
  if (entry.packed != nullptr) pool_.free(entry.packed, head_of(entry.packed).bytes);
  entry.packed = nullptr;
}

void Rows::pack_some() {
  if (open_.size() > most_open_) pack_all();
}

void Rows::pack_all() {
  for (const auto& [number, open] : open_) pack(number, open);
  open_.clear();
}

void Rows::show(Number number, ivm::RowView row) {
  Entry& entry = entries_[number];
  const ivm::RowView before = std::exchange(entry.row, row ? pool_.keep(row) : ivm::RowView{});
  if (before) pool_.free(const_cast<char*>(before.block()), before.bytes());
}

}  // namespace laterbase::triples
