#include "engine/table/row_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase::worktable {
namespace {

constexpr std::uint32_t stripe_count = 16;

Schema checked(Schema schema, std::uint32_t page_bytes) {
  LATERBASE_INVARIANT(check(schema, page_bytes).has_value(), "a table of a schema that check() refuses");
  return schema;
}

std::uint32_t counted_width(const Schema& schema) {
  return schema.counted_key ? schema.columns[schema.key.front()].width() : 0;
}

// One index's view of rows, for its tree.
class IndexKeys : public KeySource {
 public:
  IndexKeys(const Pages& pages, KeyPlan plan) : pages_(pages), plan_(std::move(plan)) {}
  void key_of(Spot spot, Key& key) const override {
    RowBuffer row;
    pages_.read_as_is(spot, row);
    plan_.make(row.bytes(), key);
  }

 private:
  const Pages& pages_;
  KeyPlan plan_;
};

}  // namespace

// Which entries of one index are stale: those of cells that hold no row, or one with another key that nobody is just
// changing.
class RowTable::LooseRows : public EntryJudge {
 public:
  LooseRows(const Pages& pages, const IndexState& index) : pages_(pages), plan_(index.plan) {}

  // Where many rows are gone, their keys are not worth a look.
  std::uint32_t keep(Entry* entries, std::uint32_t count) const override {
    for (std::uint32_t i = 0; i < count; ++i) pages_.prefetch(entries[i].spot);
    const auto there = keep_if(entries, count, [&](const Entry& entry) { return !gone(pages_.look(entry.spot)); });
    if (there < count - count / 4) return there;
    return keep_if(entries, there, [&](const Entry& entry) { return !stale(entry); });
  }

 private:
  // Without a branch on what is found: it can't be guessed.
  template <typename Stays>
  static std::uint32_t keep_if(Entry* entries, std::uint32_t count, Stays&& stays) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto entry = entries[i];
      entries[kept] = entry;
      kept += stays(entry) ? 1 : 0;
    }
    return kept;
  }
  static bool gone(CellHeader header) {
    constexpr auto bit = [](CellState state) { return 1U << static_cast<unsigned>(state); };
    constexpr auto states = bit(CellState::none) | bit(CellState::free) | bit(CellState::dead);
    return (states >> static_cast<unsigned>(header.state()) & 1) != 0;
  }
  bool stale(const Entry& entry) const {
    const auto before = pages_.look(entry.spot);
    const auto key = plan_.exact() ? plan_.make_exact(SharedRow{pages_.row(entry.spot)}) : hash_in(entry.spot);
    const auto after = pages_.look(entry.spot);
    const bool settled = before.readable() & !before.claimed() & (after.word() == before.word());
    return gone(before) | (settled & (key != entry.key));
  }
  std::uint64_t hash_in(Spot spot) const {
    RowBuffer row;
    return pages_.read(spot, row) ? hash_of(plan_.make(row.bytes())) : 0;
  }

  const Pages& pages_;
  KeyPlan plan_;
};

RowTable::RowTable(Schema schema, TableOptions options)
    : schema_(checked(std::move(schema), options.page_bytes)),
      layout_(schema_),
      pages_(options.page_bytes),
      numbers_(counted_width(schema_)) {
  if (!schema_.key.empty()) {
    key_plan_ = std::make_unique<KeyPlan>(schema_, layout_, schema_.key);
    keys_ = std::make_unique<HashIndex>();
  }
  for (const auto& spec : schema_.indexes) {
    IndexState index{spec, KeyPlan(schema_, layout_, spec.columns), nullptr, nullptr, nullptr, nullptr};
    if (spec.unique && spec.kind == IndexKind::hashed) {
      index.unique_hash = std::make_unique<HashIndex>();
    } else if (!spec.unique && (spec.kind == IndexKind::hashed || index.plan.exact())) {
      judges_.push_back(std::make_unique<LooseRows>(pages_, index));
      index.loose = std::make_unique<LooseTree>(*judges_.back());
    } else {
      sources_.push_back(std::make_unique<IndexKeys>(pages_, index.plan));
      index.tree = std::make_unique<Tree>(index.plan.exact(), sources_.back().get());
      if (spec.unique) index.stripes = std::make_unique<SpinLock[]>(stripe_count);
    }
    indexes_.push_back(std::move(index));
  }
}

RowTable::~RowTable() = default;

TableUse RowTable::use() const {
  const Pin pin;
  TableUse use{rows(), pages_.use().page_bytes, (keys_ ? keys_->bytes() : 0) + numbers_.bytes(), 0};
  for (std::uint32_t i = 0; i < indexes_.size(); ++i) use.index_bytes += index_bytes(i);
  return use;
}

std::size_t RowTable::index_bytes(std::uint32_t number) const {
  const auto& index = indexes_[number];
  if (index.loose) return index.loose->bytes();
  return index.tree ? index.tree->bytes() : index.unique_hash->bytes();
}

Error RowTable::conflict(const KeyPlan& plan) const {
  std::string names;
  for (const auto column : plan.columns()) names += (names.empty() ? "" : ", ") + schema_.columns[column].name;
  return {ErrorCode::conflict, fmt::format("table {} has a row with this {} already", schema_.name, names)};
}

// Never waits for a cell. Callers come back where it is undecided, which
// ends, since keys are entered in the order of the indexes.
Verdict RowTable::judge(const KeyPlan& plan, const Key& key, Spot other) const {
  const auto header = pages_.look(other);
  RowBuffer row;
  pages_.read_as_is(other, row);
  const bool equal = plan.exact() ? plan.make_exact(row.bytes()) == key.prefix : plan.make(row.bytes()) == key;
  if (!equal) return Verdict::other;
  switch (header.state()) {
    case CellState::dead:
      return Verdict::replace;
    case CellState::reserved:
    case CellState::arriving:
      return Verdict::undecided;
    default:
      return Verdict::same;
  }
}

// Of keys that may change in place: an entry may be ahead of its row, or behind it.
Verdict RowTable::judge_changing(const KeyPlan& plan, const Key& key, Spot other) const {
  const auto before = pages_.look(other);
  RowBuffer row;
  pages_.read_as_is(other, row);
  const bool equal = plan.make(row.bytes()) == key;
  if (before.state() == CellState::reserved || before.state() == CellState::arriving)
    return equal ? Verdict::undecided : Verdict::other;
  const auto after = pages_.look(other);
  if (before.writing() || after.sequence() != before.sequence() || after.writing()) return Verdict::undecided;
  if (!after.live()) return Verdict::other;
  if (equal) return Verdict::same;
  return after.claimed() ? Verdict::undecided : Verdict::other;
}

bool RowTable::enter_unique_hash(HashIndex& hash, const KeyPlan& plan, const Key& key, Spot spot, bool alone) {
  Backoff backoff;
  for (;; backoff.pause()) {
    const auto placed = hash.insert(hash_of(key), spot, alone, [&](Spot other) { return judge(plan, key, other); });
    if (placed != Placed::undecided) return placed == Placed::done;
  }
}

bool RowTable::enter_key(const Key& key, Spot spot, bool alone) {
  if (!numbers_.holds(key.prefix)) return enter_unique_hash(*keys_, *key_plan_, key, spot, alone);
  Backoff backoff;
  for (;; backoff.pause()) {
    const auto placed =
        numbers_.insert(key.prefix, spot, alone, [&](Spot other) { return judge(*key_plan_, key, other); });
    if (placed != Placed::undecided) return placed == Placed::done;
  }
}

void RowTable::leave_key(const Key& key, Spot spot, bool alone) {
  if (numbers_.holds(key.prefix))
    numbers_.erase(key.prefix);
  else
    keys_->erase(hash_of(key), spot, alone);
}

void RowTable::move_key(const Key& key, Spot from, Spot to, bool alone) {
  if (numbers_.holds(key.prefix))
    numbers_.move(key.prefix, to);
  else
    keys_->move(hash_of(key), from, to, alone);
}

Placed RowTable::try_enter_unique_tree(IndexState& index, const Key& key, Spot spot) {
  const std::lock_guard guard(index.stripes[hash_of(key) % stripe_count]);
  Tree::Run run;
  run.more = true;
  for (run.next = {key, 0}; run.more;) {
    index.tree->ascend(Position(run.next), run);
    for (std::uint32_t i = 0; i < run.count; ++i) {
      if (run.prefixes[i] != key.prefix) {
        run.more = false;
        break;
      }
      if (run.spots[i] == spot) continue;
      const auto verdict =
          index.pins_key() ? judge(index.plan, key, run.spots[i]) : judge_changing(index.plan, key, run.spots[i]);
      if (verdict == Verdict::same) return Placed::conflict;
      if (verdict == Verdict::undecided) return Placed::undecided;
    }
    if (run.more && run.next.key.prefix != key.prefix) break;
  }
  index.tree->insert({key, spot});
  return Placed::done;
}

bool RowTable::enter(IndexState& index, BytesView row, Spot spot, bool check_unique, bool alone) {
  if (index.unique_hash != nullptr)
    return enter_unique_hash(*index.unique_hash, index.plan, index.plan.make(row), spot, alone);
  if (index.loose != nullptr) {
    index.loose->insert({index.loose_key(row), spot}, alone);
    return true;
  }
  const auto key = index.plan.make(row);
  if (!index.spec.unique || !check_unique) {
    index.tree->insert({key, spot});
    return true;
  }
  Backoff backoff;
  for (;; backoff.pause())
    if (const auto placed = try_enter_unique_tree(index, key, spot); placed != Placed::undecided)
      return placed == Placed::done;
}

// Entries of loose indexes stay; they are stale from now on.
void RowTable::leave(IndexState& index, BytesView row, Spot spot, bool alone) {
  if (index.unique_hash != nullptr)
    index.unique_hash->erase(hash_of(index.plan.make(row)), spot, alone);
  else if (index.tree != nullptr)
    index.tree->erase({index.plan.make(row), spot});
}

// Called after a change that left stale entries. Where they have become many, each index cleans a leaf for some of them
// that come: there are at most about as many as rows. The count is not exact, so that it needs no locked instruction.
void RowTable::tidy() {
  constexpr std::uint32_t changes_per_leaf = 32;
  constexpr std::uint64_t few = 256;
  const auto untidied = untidied_.load(std::memory_order_relaxed) + 1;
  untidied_.store(untidied < changes_per_leaf ? untidied : 0, std::memory_order_relaxed);
  if (untidied < changes_per_leaf) return;
  for (auto& index : indexes_) {
    if (index.loose == nullptr) continue;
    const auto entries = index.loose->entries();
    index.loose->expect_stale(entries > rows());
    if (entries > 2 * rows() + few) index.loose->sweep_one();
  }
}

// A row that doesn't become one after all: takes it out of what it is in already.
void RowTable::abandon(Spot spot, BytesView row, std::size_t entered, const WriteScope& write) {
  pages_.header(spot).store(pages_.look(spot).next(CellState::dead).word(), std::memory_order_release);
  for (std::size_t i = 0; i < entered; ++i) leave(indexes_[i], row, spot, write.alone());
  pages_.retire(spot, write);
  if (entered > 0) tidy();
}

// So that the caches' misses of all indexes happen side by side.
void RowTable::find_places(BytesView row, Spot spot, Places& places) const {
  for (std::size_t i = 0; i < std::min(indexes_.size(), places.size()); ++i) {
    if (indexes_[i].loose == nullptr) continue;
    places[i].key = indexes_[i].loose_key(row);
    places[i].place = indexes_[i].loose->place_of({places[i].key, spot});
  }
}

Result<Link> RowTable::insert(BytesView row) {
  if (!RowView::fits(layout_, row)) return Error{ErrorCode::invalid, "not a row of table " + schema_.name};
  if (row.size() > pages_.longest_row())
    return Error{ErrorCode::too_large, fmt::format("a row of {} bytes: at most {} fit a page of table {}", row.size(),
                                                   pages_.longest_row(), schema_.name)};
  const WriteScope write(writers_);
  const auto spot = pages_.make(row, write);
  Places places;
  find_places(row, spot, places);
  if (keys_ && !enter_key(key_plan_->make(row), spot, write.alone())) {
    abandon(spot, row, 0, write);
    return conflict(*key_plan_);
  }
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    if (i < places.size() && indexes_[i].loose != nullptr) {
      indexes_[i].loose->insert({places[i].key, spot}, places[i].place, write.alone());
      continue;
    }
    if (enter(indexes_[i], row, spot, true, write.alone())) continue;
    if (keys_) leave_key(key_plan_->make(row), spot, write.alone());
    abandon(spot, row, i, write);
    return conflict(indexes_[i].plan);
  }
  pages_.header(spot).store(pages_.look(spot).next(CellState::live).word(), std::memory_order_release);
  rows_.add(1);
  return pages_.link_of(spot);
}

bool RowTable::find(const Key& key, RowBuffer& row) const {
  const Pin pin;
  for (;;) {  // where the row moves in between, it is looked for again
    const auto spot = spot_of_key(key);
    if (spot == no_spot) return false;
    if (pages_.read(spot, row) && key_plan_->same(row.bytes(), key)) return true;
  }
}

// A dead row may have moved: looked for again, until the same dead row is found twice.
Spot RowTable::find_far(std::uint64_t key, FunctionRef<bool(SharedRow)> look) const {
  Spot dead = no_spot;
  const auto take = [&](Spot spot) {
    bool is_it = false;
    if (spot == no_spot) return false;
    if (pages_.look_at(spot, [&](SharedRow row) { is_it = look(row); })) return is_it;
    if (pages_.look(spot).state() == CellState::dead) dead = spot;
    return false;
  };
  const auto find = [&] {
    if (!numbers_.holds(key)) return keys_->find(hash_of(key), take);
    const auto spot = numbers_.find(key);
    return take(spot) ? spot : no_spot;
  };
  for (;;) {
    const auto before = dead;
    const auto found = find();
    if (found != no_spot || dead == before) return found;
  }
}

Spot RowTable::spot_of_key(const Key& key) const {
  if (key_plan_->exact())
    return find_spot(key.prefix, [&](SharedRow row) { return key_plan_->make_exact(row) == key.prefix; });
  RowBuffer row;
  for (Spot dead = no_spot;;) {
    const auto before = dead;
    const auto found = keys_->find(hash_of(key), [&](Spot spot) {
      if (pages_.read(spot, row)) return key_plan_->make(row.bytes()) == key;
      if (pages_.look(spot).state() == CellState::dead) dead = spot;
      return false;
    });
    if (found != no_spot || dead == before) return found;
  }
}

std::optional<Link> RowTable::find_link(const Key& key) const {
  const Pin pin;
  const auto spot = spot_of_key(key);
  if (spot == no_spot) return std::nullopt;
  return pages_.link_of(spot);
}

bool RowTable::find_unique(std::uint32_t index, const Key& key, RowBuffer& row) const {
  bool found = false;
  each_equal(index, key, [&](BytesView bytes, Spot) {
    std::memcpy(row.room_for(static_cast<std::uint32_t>(bytes.size())), bytes.data(), bytes.size());
    found = true;
    return false;
  });
  return found;
}

}  // namespace laterbase::worktable
