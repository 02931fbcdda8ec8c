#include "engine/base/hash.h"
#include "sync/binary_reader.h"
#include "sync/binary_writer.h"
#include "sync/index.h"

// An index on disk, little-endian, numbers as varints:
//
//   table blocks   from (16 bytes)  → last 16, count, sum 16
//   table state    "index"          → form u8, lc, chain 16, count and sum of the whole 17…, blocks, sum of their rows'
//   hashes
//                                     u64, counters, a byte each, cells, hash of the cells' rows u64, XXH3-64 of all
//                                     before
//                  "cells" + n      → 4,096 cells of 22 bytes
//
// LMDB has no checksums; what doesn't fit together is not used, and the index is made again from the log.
namespace laterbase::sync {
namespace {

constexpr std::uint8_t form = 1;
constexpr std::string_view state_key = "index", cells_key = "cells";
constexpr std::size_t cells_a_row = 4096, cell_bytes = 22;

std::string block_key(const Ulid& from) {
  std::string key(Ulid::kBytes, '\0');
  from.store(key.data());
  return key;
}

std::string block_row(const Block& block) {
  std::string row = block_key(block.last);
  write_fingerprint(row, block.print);
  return row;
}

std::uint64_t row_hash(BytesView key, BytesView row) { return hash64(row, hash64(key)); }

std::string cells_row_key(std::size_t number) {
  std::string key(cells_key);
  for (int shift = 16; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
  return key;
}

std::string cells_row(std::span<const Cell> cells) {
  std::string row;
  row.reserve(cells.size() * cell_bytes);
  for (const Cell& cell : cells) {
    row += block_key(cell.key);
    append_le(row, cell.check);
    append_le(row, cell.value);
    row += static_cast<char>(cell.count);
  }
  return row;
}

std::span<const Cell> row_of(std::span<const Cell> cells, std::size_t number) {
  const std::size_t first = number * cells_a_row;
  return cells.subspan(first, std::min(cells_a_row, cells.size() - first));
}

std::size_t rows_of(std::size_t cells) { return (cells + cells_a_row - 1) / cells_a_row; }

void erase_all(WriteTxn& txn, TableId table) {
  std::vector<std::string> keys;
  const auto cursor = txn.cursor(table);
  for (bool there = cursor->first(); there; there = cursor->next()) keys.emplace_back(cursor->key());
  for (const std::string& key : keys) txn.erase(table, key);
}

std::vector<Block> read_blocks(ReadTxn& txn, TableId table, std::uint64_t& hashes) {
  std::vector<Block> blocks;
  const auto cursor = txn.cursor(table);
  for (bool there = cursor->first(); there; there = cursor->next()) {
    hashes += row_hash(cursor->key(), cursor->value());
    BinaryReader key(cursor->key()), row(cursor->value());
    Block block;
    block.from = key.ulid();
    block.last = row.ulid();
    block.print = row.fingerprint();
    block.changed = false;
    if (!key.ok() || !row.ok()) return {};
    blocks.push_back(block);
  }
  return blocks;
}

}  // namespace

// What the row of the state says.
struct Index::Saved {
  Lc lc = 0;
  Hash128 chain;
  Fingerprint whole;
  std::uint64_t blocks = 0, block_hashes = 0;
  std::vector<std::int8_t> counters;
  std::uint64_t cells = 0, cell_hashes = 0;

  static std::optional<Saved> read(ReadTxn& txn, TableId table) {
    const auto row = txn.get(table, state_key);
    if (!row || row->size() < 8) return std::nullopt;
    const BytesView covered = row->substr(0, row->size() - 8);
    if (hash64(covered) != load_le<std::uint64_t>(row->data() + covered.size())) return std::nullopt;
    BinaryReader in(covered);
    Saved saved;
    if (in.byte() != form) return std::nullopt;
    saved.lc = in.varint();
    saved.chain = in.hash();
    saved.whole = in.fingerprint();
    saved.blocks = in.varint();
    saved.block_hashes = in.fixed<std::uint64_t>();
    saved.counters.resize(in.count(UINT16_MAX, 1, "counters"));
    const BytesView counters = in.bytes(saved.counters.size());
    std::copy(counters.begin(), counters.end(), saved.counters.begin());
    saved.cells = in.varint();
    saved.cell_hashes = in.fixed<std::uint64_t>();
    return in.ok() && in.at_end() ? std::optional(saved) : std::nullopt;
  }

  std::optional<CellSet> read_cells(ReadTxn& txn, TableId table, const IndexOptions& options) const {
    if (cells == 0 || cells != options.most_cells) return std::nullopt;
    CellSet set(cells, options.sketch);
    std::uint64_t hashes = 0;
    for (std::size_t number = 0; number < rows_of(cells); ++number) {
      const std::string key = cells_row_key(number);
      const auto row = txn.get(table, key);
      const std::size_t first = number * cells_a_row;
      if (!row || row->size() != std::min(cells_a_row, cells - first) * cell_bytes) return std::nullopt;
      hashes += row_hash(key, *row);
      BinaryReader in(*row);
      for (std::size_t i = first; !in.at_end(); ++i) {
        Cell& cell = set.cells()[i];
        cell.key = in.ulid();
        cell.check = in.fixed<std::uint32_t>();
        cell.value = in.byte();
        cell.count = in.byte();
      }
    }
    return hashes == cell_hashes ? std::optional(std::move(set)) : std::nullopt;
  }
};

bool Index::saves_cells() const noexcept { return cells_ && whole().count > options_.save_cells_above; }

std::string Index::state_row(const Hash128& chain) const {
  std::uint64_t block_hashes = 0, cell_hashes = 0;
  for (const Block& block : blocks_.all()) block_hashes += row_hash(block_key(block.from), block_row(block));
  const std::span<const Cell> cells = saves_cells() ? cells_->cells() : std::span<const Cell>();
  for (std::size_t number = 0; number < rows_of(cells.size()); ++number)
    cell_hashes += row_hash(cells_row_key(number), cells_row(row_of(cells, number)));
  std::string row(1, static_cast<char>(form));
  write_varint(row, lc_);
  write_hash(row, chain);
  write_fingerprint(row, whole());
  write_varint(row, blocks_.all().size());
  append_le(row, block_hashes);
  write_varint(row, counters_.values().size());
  row.append(reinterpret_cast<const char*>(counters_.values().data()), counters_.values().size());
  write_varint(row, cells.size());
  append_le(row, cell_hashes);
  append_le(row, hash64(row));
  return row;
}

void Index::save(WriteTxn& txn, const Tables& tables, const Hash128& chain) const {
  if (rewrite_) {
    erase_all(txn, tables.blocks);
    erase_all(txn, tables.state);
  }
  for (const Block& block : blocks_.all())
    if (rewrite_ || block.changed) txn.put(tables.blocks, block_key(block.from), block_row(block));
  if (saves_cells()) {
    const std::span<const Cell> cells = cells_->cells();
    for (std::size_t number = 0; number < rows_of(cells.size()); ++number)
      txn.put(tables.state, cells_row_key(number), cells_row(row_of(cells, number)));
  }
  txn.put(tables.state, state_key, state_row(chain));
}

void Index::saved() noexcept {
  blocks_.saved();
  rewrite_ = false;
}

bool Index::take(const Saved& state, std::vector<Block> blocks) {
  if (!blocks_.restore(std::move(blocks))) return false;
  if (whole() != state.whole || state.counters.size() != options_.counters) return false;
  counters_.values() = state.counters;
  lc_ = state.lc;
  rewrite_ = false;
  return true;
}

bool Index::load(ReadTxn& txn, const Tables& tables, Snapshot& snapshot) {
  *this = Index(options_);
  const std::optional<Saved> state = Saved::read(txn, tables.state);
  if (!state || snapshot.chain_at(state->lc) != state->chain) return false;
  std::uint64_t hashes = 0;
  std::vector<Block> blocks = read_blocks(txn, tables.blocks, hashes);
  if (blocks.size() != state->blocks || hashes != state->block_hashes || !take(*state, std::move(blocks))) {
    *this = Index(options_);
    return false;
  }
  cells_ = state->read_cells(txn, tables.state, options_);
  return true;
}

}  // namespace laterbase::sync
