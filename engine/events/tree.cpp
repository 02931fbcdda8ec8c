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
constexpr std::size_t kOldLifeBytes = 2 * Ulid::kBytes + 8;
constexpr std::size_t kLifeBytes = kOldLifeBytes + 8;
constexpr Lc kForeign = ~Lc{0};

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

// Keys of all runs in order with their positions, of each the newest.
std::vector<std::pair<Ulid, Lc>> keys_in_order(const Runs& runs) {
  std::vector<std::pair<Ulid, Lc>> keys;
  for (const auto& run : runs) {
    for (const auto& keyed : run->by_key()) keys.emplace_back(keyed.key, run->lc_of(keyed));
  }
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  std::size_t kept = 0;
  for (const auto& key : keys) {
    if (kept > 0 && keys[kept - 1].first == key.first) --kept;
    keys[kept++] = key;
  }
  keys.resize(kept);
  return keys;
}

bool replaces_another(const Runs& runs, Lc lc) {
  const auto run = std::find_if(runs.begin(), runs.end(), [&](const auto& one) { return lc <= one->last(); });
  return entry_replaces((*run)->entry(lc).data()) != 0;
}

std::optional<Ulid> greatest_key(ReadTxn& txn) {
  const auto cursor = txn.cursor(kEventsTable);
  if (!cursor->last()) return std::nullopt;
  return Ulid::load(cursor->key().data());
}

// The key is in the tree with a value that another has won against.
void move_key(WriteTxn& txn, const Runs& runs, const Ulid& key, Lc lc, TreeState& state) {
  const auto before = find_in_tree(txn, key);
  LATERBASE_INVARIANT(before && *before < lc && replaces_another(runs, lc),
                      "a key was looked up before it came into the log");
  state.key_sum -= key_hash(key, *before);
  char place[8];
  store_le(place, lc);
  txn.put(kEventsTable, UlidKey(key).view(), {place, sizeof place});
}

void write_keys(WriteTxn& txn, const Runs& runs, TreeState& state) {
  auto greatest = greatest_key(txn);
  for (const auto& [key, lc] : keys_in_order(runs)) {
    char place[8];
    store_le(place, lc);
    const UlidKey bytes(key);
    bool is_new = true;
    if (!greatest || *greatest < key) {
      txn.append(kEventsTable, bytes.view(), {place, sizeof place});
      greatest = key;
    } else {
      is_new = txn.insert(kEventsTable, bytes.view(), {place, sizeof place});
    }
    if (is_new)
      ++state.events;
    else
      move_key(txn, runs, key, lc, state);
    state.key_sum += key_hash(key, lc);
  }
}

void write_asides(WriteTxn& txn, const Runs& runs) {
  for (const auto& run : runs) {
    for (const auto& [place, reason] : run->asides()) {
      const char byte = static_cast<char>(reason);
      txn.put(kAsideTable, AsideKey(place).view(), {&byte, 1});
    }
  }
}

}  // namespace

const std::vector<std::string>& tree_tables() {
  static const std::vector<std::string> names{"log",    "events", "origins", "meta",       "aside",  "peers",
                                              "blocks", "sync",   "views",   "aggregates", "triples"};
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

void write_life(WriteTxn& txn, std::size_t number, const Life& life) {
  std::string bytes;
  append_ulid(bytes, life.epoch);
  append_ulid(bytes, life.node);
  append_le(bytes, life.own ? life.began.value_or(0) : kForeign);
  append_le(bytes, hash64(bytes, number));
  const char key[2] = {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  txn.put(kOriginsTable, {key, sizeof key}, bytes);
}

Lives read_lives(ReadTxn& txn) {
  Lives lives;
  const auto cursor = txn.cursor(kOriginsTable);
  for (bool on = cursor->first(); on; on = cursor->next()) {
    const BytesView bytes = cursor->value();
    const bool old = bytes.size() == kOldLifeBytes;
    const bool whole =
        (old || bytes.size() == kLifeBytes) && hash64(bytes.substr(0, bytes.size() - 8), lives.size()) ==
                                                   load_le<std::uint64_t>(bytes.data() + bytes.size() - 8);
    if (!whole) throw Failure(FailureCode::damaged, fmt::format("origin {} fails its checksum", lives.size()));
    Life life{Ulid::load(bytes.data()), Ulid::load(bytes.data() + Ulid::kBytes), true, std::nullopt};
    if (lives.empty()) life.began = 0;
    if (!old) life.began = load_le<Lc>(bytes.data() + 2 * Ulid::kBytes);
    if (life.began == kForeign) life = {life.epoch, life.node, false, std::nullopt};
    lives.push_back(life);
  }
  return lives;
}

TailRun::Aside read_aside(BytesView key, BytesView value) {
  const bool whole =
      key.size() == Ulid::kBytes + sizeof(Lc) && value.size() == 1 &&
      (value[0] == static_cast<char>(AsideReason::lost) || value[0] == static_cast<char>(AsideReason::waiting));
  if (!whole) throw Failure(FailureCode::damaged, "the table of what stands aside holds something else");
  return {{Ulid::load(key.data()), load_be64(key.data() + Ulid::kBytes)}, static_cast<AsideReason>(value[0])};
}

std::optional<Lc> find_in_tree(ReadTxn& txn, const Ulid& key) {
  const auto place = txn.get(kEventsTable, UlidKey(key).view());
  if (!place) return std::nullopt;
  if (place->size() != 8)
    throw Failure(FailureCode::damaged, fmt::format("the place of key {} is damaged", key.text()));
  return load_le<Lc>(place->data());
}

void write_runs(WriteTxn& txn, const Runs& runs, TreeState& state) {
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
  write_asides(txn, runs);
}

void throw_damaged_event(Lc lc) {
  throw Failure(FailureCode::damaged,
                fmt::format("the event at position {} is not what was written: its checksum fails", lc));
}

}  // namespace laterbase
