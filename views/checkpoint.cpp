#include "views/checkpoint.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/events/tables.h"
#include "engine/triples/stored_bytes.h"

namespace laterbase::views {
namespace {

using triples::ByteReader;

// Counts up when a circuit's or a table's state means something else than before: then all of it is made again.
constexpr std::uint8_t form = 1;

// Four of LMDB's pages with their header.
constexpr std::size_t piece_bytes = 4 * 4096 - 16;
constexpr std::size_t bytes_a_transaction = 4 << 20;
constexpr std::size_t rows_to_erase_at_once = 10'000;

const std::string head_key = "\x01", view_prefix = "\x02", source_prefix = "\x03";

std::string piece_key(std::uint64_t id, std::uint64_t place) {
  std::string key(2 * sizeof id, '\0');
  store_be64(key.data(), id);
  store_be64(key.data() + sizeof id, place);
  return key;
}

std::string view_row(const SavedView& view, BytesView key) {
  std::string row;
  triples::append_text(row, view.definition);
  row += static_cast<char>(view.local);
  for (const std::uint64_t number : {view.changed, view.stored.id, view.stored.bytes, view.stored.hash})
    triples::append_varint(row, number);
  triples::seal(row, key);
  return row;
}

std::optional<SavedView> read_view(BytesView key, BytesView row) {
  ByteReader reader(triples::unsealed(key, row));
  SavedView view;
  view.name = std::string(key.substr(1));
  view.definition = std::string(reader.text());
  view.local = reader.byte() != 0;
  view.changed = reader.varint();
  view.stored = {reader.varint(), reader.varint(), reader.varint()};
  return reader.ok() && reader.at_end() ? std::optional(std::move(view)) : std::nullopt;
}

void write_all(WriteTxn& txn, const std::string& prefix, const std::vector<SavedView>& views) {
  triples::erase_prefix(txn, kViewsTable, prefix);
  for (const SavedView& view : views) {
    const std::string key = prefix + view.name;
    txn.put(kViewsTable, key, view_row(view, key));
  }
}

// Without those that are damaged.
std::vector<SavedView> read_all(ReadTxn& txn, const std::string& prefix) {
  std::vector<SavedView> views;
  const auto cursor = txn.cursor(kViewsTable);
  for (bool there = cursor->seek(prefix); there && cursor->key().starts_with(prefix); there = cursor->next())
    if (auto view = read_view(cursor->key(), cursor->value())) views.push_back(std::move(*view));
  return views;
}

std::optional<std::string> read_circuit(ReadTxn& txn, const StoredCircuit& stored) {
  std::string bytes;
  while (bytes.size() < stored.bytes) {
    const auto piece = txn.get(kAggregatesTable, piece_key(stored.id, bytes.size()));
    if (!piece || piece->empty()) return std::nullopt;
    bytes += *piece;
  }
  return bytes.size() == stored.bytes && hash64(bytes) == stored.hash ? std::optional(std::move(bytes)) : std::nullopt;
}

// What is appended, gathered into transactions of a few MB.
class Appender {
 public:
  Appender(Root& root, Lc lc, TableId table) : root_(root), lc_(lc), table_(table) {}

  // Lifetime of the value: until flush().
  bool add(std::string key, BytesView value) {
    bytes_ += key.size() + value.size();
    rows_.emplace_back(std::move(key), value);
    return bytes_ < bytes_a_transaction || flush();
  }
  bool flush() {
    if (rows_.empty()) return true;
    const bool done = root_.checkpoint(lc_, [this](WriteTxn& txn) {
      for (const auto& [key, value] : rows_) txn.append(table_, key, value);
    });
    rows_.clear();
    bytes_ = 0;
    return done;
  }

 private:
  Root& root_;
  Lc lc_;
  TableId table_;
  std::vector<std::pair<std::string, BytesView>> rows_;
  std::size_t bytes_ = 0;
};

}  // namespace

// What nobody refers to before write_head().
bool Checkpoint::write_ahead(EngineState& state) {
  Appender circuits(root_, state.position, kAggregatesTable);
  const auto add = [&](SavedView& view) {
    if (view.is_new) view.stored.id = next_id_++;
    for (std::size_t at = 0; at < view.circuit.size(); at += piece_bytes)
      if (!circuits.add(piece_key(view.stored.id, at), BytesView(view.circuit).substr(at, piece_bytes))) return false;
    return true;
  };
  if (!std::all_of(state.views.begin(), state.views.end(), add)) return false;
  if (!std::all_of(state.sources.begin(), state.sources.end(), add) || !circuits.flush()) return false;
  Appender rows(root_, state.position, kTriplesTable);
  for (std::size_t i = 0; i < state.tables.fresh.size(); ++i)
    if (!rows.add(std::string(state.tables.fresh.key(i)), state.tables.fresh.value(i))) return false;
  return rows.flush();
}

void Checkpoint::write_tables(WriteTxn& txn, const EngineState& state) const {
  for (const std::string& prefix : state.tables.gone) triples::erase_prefix(txn, kTriplesTable, prefix);
  for (std::size_t i = 0; i < state.tables.changed.size(); ++i)
    txn.put(kTriplesTable, state.tables.changed.key(i), state.tables.changed.value(i));
}

void Checkpoint::write_head(WriteTxn& txn, const EngineState& state, const Hash128& chain) const {
  write_all(txn, view_prefix, state.views);
  write_all(txn, source_prefix, state.sources);
  std::string head(1, static_cast<char>(form));
  triples::append_text(head, LATERBASE_VERSION);
  triples::append_version(head, {root_.epoch(), 0});
  triples::append_version(head, {state.greatest_key, 0});
  for (const std::uint64_t number : {state.position, chain.low, chain.high}) triples::append_varint(head, number);
  triples::seal(head, head_key);
  txn.put(kViewsTable, head_key, head);
}

bool Checkpoint::write(EngineState& state) {
  const auto chain = root_.snapshot().chain_at(state.position);
  if (!chain || !write_ahead(state)) return false;
  return root_.checkpoint(state.position, [&](WriteTxn& txn) {
    write_tables(txn, state);
    write_head(txn, state, *chain);
  });
}

void Checkpoint::tidy(const EngineState& state, const std::set<std::uint64_t>& tables) {
  std::set<std::uint64_t> circuits;
  for (const auto* views : {&state.views, &state.sources})
    for (const SavedView& view : *views) circuits.insert(view.stored.id);
  const auto erase_circuits = [&](WriteTxn& txn) {
    const auto cursor = txn.cursor(kAggregatesTable);
    std::size_t most = rows_to_erase_at_once / 10;
    for (std::uint64_t id = 0; cursor->seek(piece_key(id, 0));) {
      id = load_be64(cursor->key().data());
      if (circuits.contains(id))
        ++id;
      else if (most-- == 0)
        return true;
      else
        txn.erase(kAggregatesTable, std::string(cursor->key()));
    }
    return false;
  };
  for (bool more = true; more;) {
    const bool done = root_.checkpoint(state.position, [&](WriteTxn& txn) {
      more = erase_circuits(txn);
      more |= triples::erase_abandoned(txn, tables, rows_to_erase_at_once);
    });
    if (!done) return;
  }
}

bool Checkpoint::read(ReadTxn& txn, EngineState& state) {
  const auto row = txn.get(kViewsTable, head_key);
  ByteReader head(row ? triples::unsealed(head_key, *row) : BytesView{});
  if (head.byte() != form || head.text() != LATERBASE_VERSION) return false;
  const Ulid epoch = head.version().key;
  state.greatest_key = head.version().key;
  state.position = head.varint();
  const std::uint64_t low = head.varint(), high = head.varint();
  if (!head.ok()) return false;
  Snapshot snapshot = root_.snapshot();
  const auto epochs = snapshot.epochs();
  const bool is_of_this_log = std::any_of(epochs.begin(), epochs.end(), [&](const OwnEpoch& one) {
    return one.epoch == epoch && state.position <= one.last;
  });
  if (!is_of_this_log || snapshot.chain_at(state.position) != Hash128{low, high}) return false;
  state.views = read_all(txn, view_prefix);
  state.sources = read_all(txn, source_prefix);
  return true;
}

bool Checkpoint::load(Engine& engine) {
  bool loaded = false;
  root_.read_tables([&](ReadTxn& txn) {
    if (const auto cursor = txn.cursor(kAggregatesTable); cursor->last())
      next_id_ = load_be64(cursor->key().data()) + 1;
    EngineState state;
    loaded = read(txn, state) &&
             engine.load(txn, state, [&](const StoredCircuit& stored) { return read_circuit(txn, stored); });
    if (!loaded) engine.store().replace(txn);
  });
  return loaded;
}

}  // namespace laterbase::views
