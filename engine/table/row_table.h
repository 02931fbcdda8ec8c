#pragma once

#include <optional>

#include "engine/table/function_ref.h"
#include "engine/table/hash_index.h"
#include "engine/table/key_array.h"
#include "engine/table/loose_tree.h"
#include "engine/table/pages.h"
#include "engine/table/tally.h"
#include "engine/table/tree.h"

namespace laterbase::worktable {

struct TableOptions {
  std::uint32_t page_bytes = 16384;  // a power of two from 4,096 to 65,536; a row fits one page
};

struct VacuumResult {
  std::uint64_t moved_rows = 0;
  std::uint64_t released_pages = 0;
  std::uint64_t waiting_pages = 0;  // emptied, but a pin from before is held: the next vacuum goes on
};

struct TableUse {
  std::uint64_t rows = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t key_bytes = 0;  // of what finds rows by primary key
  std::uint64_t index_bytes = 0;
};

// A table of packed rows whose schema is known at run time: the untyped twin of Table<>, and what that stands on.
//
// Promises: every call is one step that others see whole or not at all. Unique indexes hold at every moment. A row is
// read as one writer left it. A walk along an index gives each row as it is when it is met: a row whose key changes or
// that is moved meanwhile may be met twice or not at all; a Snapshot has one moment.
// Threads: any number of readers, which take no lock; writers to different rows in parallel; to one row in turn.
// Lifetime: spots and links are good while a Pin from before they were got is held.
// Errors: invalid (not a row of this schema), too_large, conflict (a unique key is taken), not_found.
class RowTable {
 public:
  // The schema must be good: check() says what isn't.
  explicit RowTable(Schema schema, TableOptions options = {});
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;
  ~RowTable();

  const Schema& schema() const noexcept { return schema_; }
  const Layout& layout() const noexcept { return layout_; }
  const KeyPlan& key_plan() const noexcept { return *key_plan_; }
  const KeyPlan& index_plan(std::uint32_t number) const noexcept { return indexes_[number].plan; }
  std::uint64_t rows() const noexcept { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, rows_.sum())); }
  TableUse use() const;
  std::size_t index_bytes(std::uint32_t number) const;
  Pages& pages() noexcept { return pages_; }
  const Pages& pages() const noexcept { return pages_; }

  Result<Link> insert(BytesView row);
  // By primary key. False: there is none.
  bool find(const Key& key, RowBuffer& row) const;
  // By an exact key, for whoever can compare it by itself: look(SharedRow) says whether the row, where it stands, is
  // the one, and keeps what it wants of it. May be called again, where a writer was in between: the last call counts.
  // Under a pin of the caller's.
  template <typename Look>
  bool look_up(std::uint64_t key, Look&& look) const {
    return find_spot(key, look) != no_spot;
  }
  // The same at the first place only, where most rows are. False: look_up() may find one. A BriefPin does.
  template <typename Look>
  [[gnu::always_inline]] bool look_near(std::uint64_t key, Look&& look) const {
    return look_first(keys_->find_near(hash_of(key)), look);
  }
  // The same by a counted number: the row is the one.
  template <typename Look>
  [[gnu::always_inline]] bool look_counted(std::uint64_t number, Look&& look) const {
    return look_first(numbers_.find_near(number), look);
  }
  std::optional<Link> find_link(const Key& key) const;
  bool read(Link link, RowBuffer& row) const { return pages_.read(pages_.spot_of(link), row); }
  // The key in a unique index; false where there is none.
  bool find_unique(std::uint32_t number, const Key& key, RowBuffer& row) const;

  using Rewrite = FunctionRef<Result<BytesView>(BytesView row)>;
  // Replaces the row by what `rewrite` makes of it: in place where its length and unique keys stay, else in a new cell.
  // The primary key must stay. False: there is no such row.
  Result<bool> update(const Key& key, const Rewrite& rewrite);
  Result<bool> update(Link link, const Rewrite& rewrite);
  bool erase(const Key& key);
  bool erase(Link link);
  // Asks `may` once nobody else can change the row. False, or an error, leaves it where it is and is the answer. What
  // `may` does behind a sequentially consistent fence comes after the claim for all; see stays().
  using May = FunctionRef<Result<bool>(ClaimedRow& row)>;
  Result<bool> erase(const Key& key, const May& may);

  // A link that may be kept: it also says in which use of its page number the row was there.
  std::uint64_t lasting_link(Link link) const;
  // Reads the row behind it. False: it isn't there any more; it may have moved.
  bool read_lasting(std::uint64_t link, RowBuffer& row) const;
  // Whether a row with this key is in the table and whoever has it now leaves it there.
  bool stays(const Key& key) const;

  // Called with a row and its spot; false ends the walk.
  using Each = FunctionRef<bool(BytesView row, Spot spot)>;
  void scan(const Each& each) const;
  // Rows with this key in an index, unique or not, hashed or ordered.
  void each_equal(std::uint32_t number, const Key& key, const Each& each) const;
  // Rows from `low` to `high`, both included, along an ordered index.
  void each_between(std::uint32_t number, const Key& low, const Key& high, bool descending, const Each& each) const;

  // Whether an index keeps entries of rows that left or changed for a while: all that are not unique and whose keys are
  // hashed or fit 8 bytes.
  bool is_loose(std::uint32_t number) const noexcept { return indexes_[number].loose != nullptr; }
  // Along such an index, for whoever reads rows where they stand: visit(entry, pages), false ends. The row behind an
  // entry may be gone, or have another key.
  template <typename Visit>
  void walk_entries(std::uint32_t number, std::uint64_t low, std::uint64_t high, bool down, Visit&& visit) const;

  // Moves rows out of pages that are less than half full and gives those pages back. Readers and writers go on. Rows
  // move first, so that memory can grow a step before it is less.
  VacuumResult vacuum();

  class Snapshot;

 private:
  struct IndexState {
    Index spec;
    KeyPlan plan;
    std::unique_ptr<HashIndex> unique_hash;  // hashed and unique
    std::unique_ptr<LooseTree> loose;        // not unique: hashed, or ordered by keys that fit 8 bytes
    std::unique_ptr<Tree> tree;              // all others
    std::unique_ptr<SpinLock[]> stripes;     // ordered and unique: who looks whether a key is taken

    // A row whose key here changes gets a new cell: its key is read where it stands.
    bool pins_key() const { return unique_hash != nullptr || (spec.kind == IndexKind::ordered && !plan.exact()); }
    std::uint64_t loose_key(const Key& key) const { return plan.exact() ? key.prefix : hash_of(key); }
    std::uint64_t loose_key(BytesView row) const {
      return plan.exact() ? plan.make_exact(row) : hash_of(plan.make(row));
    }
  };
  class LooseRows;
  enum class Claim { mine, gone };

  template <typename Look>
  bool look_first(Spot spot, Look&& look) const;
  Spot spot_of_key(const Key& key) const;
  template <typename Look>
  Spot find_spot(std::uint64_t key, Look&& look) const;
  Spot find_far(std::uint64_t key, FunctionRef<bool(SharedRow)> look) const;
  Verdict judge(const KeyPlan& plan, const Key& key, Spot other) const;
  Verdict judge_changing(const KeyPlan& plan, const Key& key, Spot other) const;
  bool enter_key(const Key& key, Spot spot, bool alone);
  void leave_key(const Key& key, Spot spot, bool alone);
  void move_key(const Key& key, Spot from, Spot to, bool alone);
  bool enter(IndexState& state, BytesView row, Spot spot, bool check_unique, bool alone);
  bool enter_unique_hash(HashIndex& hash, const KeyPlan& plan, const Key& key, Spot spot, bool alone);
  Placed try_enter_unique_tree(IndexState& state, const Key& key, Spot spot);
  struct LoosePlace {
    std::uint64_t key;
    LooseTree::Place place;
  };
  using Places = std::array<LoosePlace, 8>;  // further indexes do without
  void find_places(BytesView row, Spot spot, Places& places) const;
  void leave(IndexState& state, BytesView row, Spot spot, bool alone);
  void abandon(Spot spot, BytesView row, std::size_t entered, const WriteScope& write);
  Error conflict(const KeyPlan& plan) const;

  Claim claim(Spot spot, const WriteScope& write, CellHeader& header);
  bool erase_spot(Spot spot, const WriteScope& write);
  void erase_claimed(Spot spot, CellHeader header, ClaimedRow& row, const WriteScope& write);
  Result<bool> update_spot(Spot spot, const WriteScope& write, const Rewrite* rewrite, bool& gone);
  Result<bool> change_in_place(Spot spot, CellHeader header, BytesView old_row, BytesView new_row, bool alone);
  Result<bool> change_by_moving(Spot spot, CellHeader header, BytesView old_row, BytesView new_row,
                                const WriteScope& write);
  bool in_place(BytesView old_row, BytesView new_row) const;
  void tidy();
  bool relocate_rows(std::uint32_t page, VacuumResult& result);
  void empty_closing(VacuumResult& result);
  bool walk_run(const IndexState& state, const Tree::Run& run, const Key* equal, const Each& each) const;
  bool visit_row(const IndexState& state, const Entry& entry, const Key* equal, const Each& each) const;

  const Schema schema_;
  const Layout layout_;
  Writers writers_;
  Pages pages_;
  std::unique_ptr<KeyPlan> key_plan_;
  std::unique_ptr<HashIndex> keys_;  // those that the array doesn't hold
  KeyArray numbers_;
  std::vector<IndexState> indexes_;
  std::vector<std::unique_ptr<KeySource>> sources_;
  std::vector<std::unique_ptr<EntryJudge>> judges_;
  Tally rows_;
  std::atomic<std::uint32_t> untidied_{0};  // changes that left stale entries, about

  struct Closing {
    std::uint32_t page;
    std::uint64_t epoch;
    bool emptied;
  };
  std::mutex vacuum_lock_;
  std::vector<Closing> closing_;
};

// Most rows are found at the first try; the rest is left to whoever asks next.
template <typename Look>
[[gnu::always_inline]] inline Spot RowTable::find_spot(std::uint64_t key, Look&& look) const {
  const auto near = numbers_.holds(key) ? numbers_.find(key) : keys_->find_near(hash_of(key));
  bool is_it = false;
  const auto try_it = [&](SharedRow row) { is_it = look(row); };
  if (near != no_spot && pages_.look_at(near, try_it) && is_it) [[likely]]
    return near;
  return find_far(key, FunctionRef<bool(SharedRow)>(look));
}

template <typename Look>
[[gnu::always_inline]] inline bool RowTable::look_first(Spot spot, Look&& look) const {
  if (!KeyArray::is_row(spot)) [[unlikely]]
    return false;
  bool is_it = false;
  return pages_.look_once(spot, [&](SharedRow row) { is_it = look(row); }) && is_it;
}

template <typename Visit>
void RowTable::walk_entries(std::uint32_t number, std::uint64_t low, std::uint64_t high, bool down,
                            Visit&& visit) const {
  constexpr std::uint32_t ahead = 8;
  const Pin pin;
  Entry first{low, 0};
  Entry last{high, ~Spot{0}};
  for (LooseTree::Run run; run.more; (down ? last : first) = run.next) {
    const auto& tree = *indexes_[number].loose;
    down ? tree.descend(first, last, run) : tree.ascend(first, last, run);
    const auto entry = [&](std::uint32_t i) -> const Entry& { return run.entries[down ? run.count - 1 - i : i]; };
    for (std::uint32_t i = 0; i < std::min(ahead, run.count); ++i) pages_.prefetch(entry(i).spot);
    for (std::uint32_t i = 0; i < run.count; ++i) {
      if (i + ahead < run.count) pages_.prefetch(entry(i + ahead).spot);
      if (!visit(entry(i), pages_)) return;
    }
  }
}

// The table as it was at one moment. Opening waits for writes in progress; while it is open, who writes to a page for
// the first time copies that page. Holds a Pin: it stays on its thread, and freed rows wait for it.
class RowTable::Snapshot {
 public:
  explicit Snapshot(const RowTable& table);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  void scan(const Each& each) const;
  // One page's rows; page numbers go up to page_count(). Whether `each` wants more.
  bool scan_page(std::uint32_t page, const Each& each) const;
  std::uint32_t page_count() const noexcept { return pages_.page_count(); }
  std::uint64_t moment() const noexcept { return moment_; }

 private:
  Pages& pages_;
  Pin pin_;
  std::unique_ptr<std::uint64_t[]> words_;  // the page being scanned
  std::uint64_t moment_ = 0;
};

}  // namespace laterbase::worktable
