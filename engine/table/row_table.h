#pragma once

#include <functional>
#include <optional>

#include "engine/table/hash_index.h"
#include "engine/table/pages.h"
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
  std::uint64_t rows() const noexcept { return static_cast<std::uint64_t>(rows_.load(std::memory_order_relaxed)); }
  TableUse use() const;
  std::size_t index_bytes(std::uint32_t number) const;
  Pages& pages() noexcept { return pages_; }
  const Pages& pages() const noexcept { return pages_; }

  Result<Link> insert(BytesView row);
  // By primary key. False: there is none.
  bool find(const Key& key, RowBuffer& row) const;
  // The same for whoever can hash and compare keys by itself: matches(row bytes).
  template <typename Matches>
  bool find(std::uint64_t hash, RowBuffer& row, Matches&& matches) const;
  std::optional<Link> find_link(const Key& key) const;
  bool read(Link link, RowBuffer& row) const { return pages_.read(pages_.spot_of(link), row); }
  // The key in a unique index; false where there is none.
  bool find_unique(std::uint32_t number, const Key& key, RowBuffer& row) const;

  using Rewrite = std::function<Result<BytesView>(BytesView row)>;
  // Replaces the row by what `rewrite` makes of it: in place where its length and unique keys stay, else in a new cell.
  // The primary key must stay. False: there is no such row.
  Result<bool> update(const Key& key, const Rewrite& rewrite);
  Result<bool> update(Link link, const Rewrite& rewrite);
  bool erase(const Key& key);
  bool erase(Link link);
  // Asks `may` once nobody else can change the row. False, or an error, leaves it where it is and is the answer.
  Result<bool> erase(const Key& key, const std::function<Result<bool>(BytesView row)>& may);

  // A link that may be kept: it also says in which use of its page number the row was there.
  std::uint64_t lasting_link(Link link) const;
  // Reads the row behind it. False: it isn't there any more; it may have moved.
  bool read_lasting(std::uint64_t link, RowBuffer& row) const;
  // Whether a row with this key is in the table and whoever has it now leaves it there.
  bool stays(const Key& key) const;

  // Called with a row and its spot; false ends the walk.
  using Each = std::function<bool(BytesView row, Spot spot)>;
  void scan(const Each& each) const;
  // Rows with this key in an index, unique or not, hashed or ordered.
  void each_equal(std::uint32_t number, const Key& key, const Each& each) const;
  // Rows from `low` to `high`, both included, along an ordered index.
  void each_between(std::uint32_t number, const Key& low, const Key& high, bool descending, const Each& each) const;

  // Moves rows out of pages that are less than half full and gives those pages back. Readers and writers go on. Rows
  // move first, so that memory can grow a step before it is less.
  VacuumResult vacuum();

  class Snapshot;

 private:
  struct IndexState {
    Index spec;
    KeyPlan plan;
    std::unique_ptr<HashIndex> unique_hash;  // hashed and unique
    std::unique_ptr<Tree> tree;              // all others
    std::unique_ptr<SpinLock[]> stripes;     // ordered and unique: who looks whether a key is taken

    // A row whose key here changes gets a new cell: its key is read where it stands.
    bool pins_key() const { return unique_hash != nullptr || (spec.kind == IndexKind::ordered && !plan.exact()); }
  };
  enum class Claim { mine, gone };

  Spot spot_of_key(const Key& key) const;
  Verdict judge(const KeyPlan& plan, const Key& key, Spot other) const;
  Verdict judge_changing(const KeyPlan& plan, const Key& key, Spot other) const;
  bool enter_key(const Key& key, Spot spot);
  bool enter(IndexState& state, BytesView row, Spot spot, bool check_unique);
  bool enter_unique_hash(HashIndex& hash, const KeyPlan& plan, const Key& key, Spot spot);
  Placed try_enter_unique_tree(IndexState& state, const Key& key, Spot spot);
  void leave(IndexState& state, BytesView row, Spot spot);
  static Position position(const IndexState& state, BytesView row, Spot spot);
  void abandon(Spot spot, BytesView row, std::size_t entered);
  Error conflict(const KeyPlan& plan) const;

  Claim claim(Spot spot, const WriteScope& write, CellHeader& header);
  bool erase_spot(Spot spot, const WriteScope& write);
  void erase_claimed(Spot spot, CellHeader header, BytesView row);
  Result<bool> update_spot(Spot spot, const WriteScope& write, const Rewrite* rewrite, bool& gone);
  Result<bool> change_in_place(Spot spot, CellHeader header, BytesView old_row, BytesView new_row);
  Result<bool> change_by_moving(Spot spot, CellHeader header, BytesView old_row, BytesView new_row,
                                const WriteScope& write);
  bool in_place(BytesView old_row, BytesView new_row) const;
  bool relocate_rows(std::uint32_t page, VacuumResult& result);
  bool walk_run(const IndexState& state, const Tree::Run& run, const Key* equal, const Each& each) const;

  const Schema schema_;
  const Layout layout_;
  Pages pages_;
  std::unique_ptr<KeyPlan> key_plan_;
  std::unique_ptr<HashIndex> keys_;
  std::vector<IndexState> indexes_;
  std::vector<std::unique_ptr<KeySource>> sources_;
  std::atomic<std::int64_t> rows_{0};

  struct Closing {
    std::uint32_t page;
    std::uint64_t epoch;
    bool emptied;
  };
  std::mutex vacuum_lock_;
  std::vector<Closing> closing_;
};

// A dead row may have moved: looked for again, until the same dead row is found twice.
template <typename Matches>
bool RowTable::find(std::uint64_t hash, RowBuffer& row, Matches&& matches) const {
  const Pin pin;
  for (Spot dead = no_spot;;) {
    const auto before = dead;
    const auto found = keys_->find(hash, [&](Spot spot) {
      if (pages_.read(spot, row)) return matches(row.bytes());
      if (pages_.look(spot).state() == CellState::dead) dead = spot;
      return false;
    });
    if (found != no_spot) return true;
    if (dead == before) return false;
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
