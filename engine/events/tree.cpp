#include "engine/events/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/invariant.h"
#include "engine/events/entry.h"

namespace laterbase {
namespace {

constexpr BytesView kStateKey = "state";
constexpr std::uint32_t kStateVersion = 1;
constexpr std::size_t kOriginBytes = 2 * Ulid::kBytes + 8;

struct Reader {
  BytesView bytes;
  std::size_t at = 0;
  template <typename Integer>
  Integer take() {
    const auto value = load_le<Integer>(bytes.data() + at);
    at += sizeof value;
    return value;
  }
  Ulid take_ulid() {
    const Ulid ulid = Ulid::load(bytes.data() + at);
    at += Ulid::kBytes;
    return ulid;
  }
  Hash128 take_hash() {
    Hash128 hash;
    hash.low = take<std::uint64_t>();
    hash.high = take<std::uint64_t>();
    return hash;
  }
};

void append_ulid(std::string& to, const Ulid& ulid) { to += UlidKey(ulid).view(); }

void append_hash(std::string& to, const Hash128& hash) {
  append_le(to, hash.low);
  append_le(to, hash.high);
}

std::string encode_state(const TreeState& state) {
  std::string bytes;
  append_le(bytes, kStateVersion);
  append_ulid(bytes, state.node);
  append_ulid(bytes, state.epoch);
  append_hash(bytes, state.identity);
  append_le(bytes, state.lc);
  append_hash(bytes, state.chain);
  append_le(bytes, state.events);
  append_le(bytes, state.key_sum);
  append_le(bytes, state.sequence);
  append_le(bytes, state.origin);
  append_le(bytes, hash64(bytes));
  return bytes;
}

// Keys of all runs in order, with their positions.
std::vector<std::pair<Ulid, Lc>> keys_in_order(const std::vector<std::shared_ptr<const TailRun>>& runs) {
  std::vector<std::pair<Ulid, Lc>> keys;
  for (const auto& run : runs) {
    for (const auto& keyed : run->by_key()) keys.emplace_back(keyed.key, run->lc_of(keyed));
  }
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  return keys;
}

std::optional<Ulid> greatest_key(ReadTxn& txn) {
  const auto cursor = txn.cursor(kEventsTable);
  if (!cursor->last()) return std::nullopt;
  return Ulid::load(cursor->key().data());
}

void write_keys(WriteTxn& txn, const std::vector<std::shared_ptr<const TailRun>>& runs, TreeState& state) {
  const auto keys = keys_in_order(runs);
  auto greatest = greatest_key(txn);
  for (const auto& [key, lc] : keys) {
    char place[8];
    store_le(place, lc);
    const UlidKey bytes(key);
    if (!greatest || *greatest < key) {
      txn.append(kEventsTable, bytes.view(), {place, sizeof place});
      greatest = key;
    } else {
      const bool is_new = txn.insert(kEventsTable, bytes.view(), {place, sizeof place});
      LATERBASE_INVARIANT(is_new, "a key was looked up before it came into the log");
    }
    state.key_sum += key_hash(key, lc);
  }
  state.events += keys.size();
}

}  // namespace

const std::vector<std::string>& tree_tables() {
  static const std::vector<std::string> names{"log", "events", "origins", "meta"};
  return names;
}

std::uint64_t key_hash(const Ulid& key, Lc lc) noexcept { return hash64(UlidKey(key).view(), lc); }

std::optional<TreeState> read_state(ReadTxn& txn) {
  const auto bytes = txn.get(kMetaTable, kStateKey);
  if (!bytes) {
    if (txn.count(kLogTable) == 0) return std::nullopt;
    throw Failure(FailureCode::damaged, "the table of the log's state is missing");
  }
  static const std::size_t expected = encode_state({}).size();
  Reader reader{*bytes};
  const bool whole = bytes->size() == expected &&
                     hash64(bytes->substr(0, expected - 8)) == load_le<std::uint64_t>(bytes->data() + expected - 8);
  if (!whole) throw Failure(FailureCode::damaged, "the log's state fails its checksum");
  if (reader.take<std::uint32_t>() != kStateVersion)
    throw Failure(FailureCode::damaged, "the log was written by another version of this program");
  TreeState state;
  state.node = reader.take_ulid();
  state.epoch = reader.take_ulid();
  state.identity = reader.take_hash();
  state.lc = reader.take<Lc>();
  state.chain = reader.take_hash();
  state.events = reader.take<std::uint64_t>();
  state.key_sum = reader.take<std::uint64_t>();
  state.sequence = reader.take<std::uint64_t>();
  state.origin = reader.take<std::uint16_t>();
  return state;
}

void write_state(WriteTxn& txn, const TreeState& state) { txn.put(kMetaTable, kStateKey, encode_state(state)); }

void write_origin(WriteTxn& txn, std::uint16_t number, const Origin& origin) {
  std::string bytes;
  append_ulid(bytes, origin.epoch);
  append_ulid(bytes, origin.node);
  append_le(bytes, hash64(bytes, number));
  const char key[2] = {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  txn.put(kOriginsTable, {key, sizeof key}, bytes);
}

std::vector<Origin> read_origins(ReadTxn& txn) {
  std::vector<Origin> origins;
  const auto cursor = txn.cursor(kOriginsTable);
  for (bool on = cursor->first(); on; on = cursor->next()) {
    const BytesView bytes = cursor->value();
    const bool whole = bytes.size() == kOriginBytes && hash64(bytes.substr(0, kOriginBytes - 8), origins.size()) ==
                                                           load_le<std::uint64_t>(bytes.data() + kOriginBytes - 8);
    if (!whole) throw Failure(FailureCode::damaged, fmt::format("origin {} fails its checksum", origins.size()));
    origins.push_back({Ulid::load(bytes.data()), Ulid::load(bytes.data() + Ulid::kBytes)});
  }
  return origins;
}

std::optional<Lc> find_in_tree(ReadTxn& txn, const Ulid& key) {
  const auto place = txn.get(kEventsTable, UlidKey(key).view());
  if (!place) return std::nullopt;
  if (place->size() != 8)
    throw Failure(FailureCode::damaged, fmt::format("the place of key {} is damaged", key.text()));
  return load_le<Lc>(place->data());
}

void write_runs(WriteTxn& txn, const std::vector<std::shared_ptr<const TailRun>>& runs, TreeState& state) {
  for (const auto& run : runs) {
    LATERBASE_INVARIANT(run->first() == state.lc + 1, "the tree is written without a gap");
    for (Lc lc = run->first(); lc <= run->last(); ++lc) {
      const BytesView entry = run->entry(lc);
      txn.append(kLogTable, LcKey(lc).view(), entry);
      if (entry_origin(entry.data()) == state.origin) state.sequence = entry_sequence(entry.data());
    }
    state.lc = run->last();
    state.chain = entry_chain(run->entry(state.lc).data());
  }
  write_keys(txn, runs, state);
}

void throw_damaged_event(Lc lc) {
  throw Failure(FailureCode::damaged,
                fmt::format("the event at position {} is not what was written: its checksum fails", lc));
}

}  // namespace laterbase
