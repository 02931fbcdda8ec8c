// How a RowTable is walked: page by page, along an index, as of a moment. And its vacuum.
#include <algorithm>

#include "engine/table/row_table.h"

namespace laterbase::worktable {
namespace {

constexpr int grace_attempts = 64;

// Gives pins of before a chance to end; never waits for a long one.
bool wait_until_past(std::uint64_t epoch) {
  for (int i = 0; i < grace_attempts && !epochs().is_past(epoch); ++i)
    if (!epochs().try_advance()) std::this_thread::yield();
  return epochs().is_past(epoch);
}

}  // namespace

void RowTable::scan(const Each& each) const {
  const Pin pin;
  RowBuffer row;
  bool going = true;
  for (std::uint32_t page = 0; going && page < pages_.page_count(); ++page)
    pages_.walk(page, [&](Spot spot, CellHeader) {
      if (going && pages_.read(spot, row)) going = each(row.bytes(), spot);
    });
}

// `equal`: only rows with this key. Otherwise rows whose key is still what the entry says.
bool RowTable::walk_run(const IndexState& index, const Tree::Run& run, const Key* equal, const Each& each) const {
  RowBuffer row;
  constexpr std::uint32_t ahead = 8;
  for (std::uint32_t i = 0; i < std::min(ahead, run.count); ++i) pages_.prefetch(run.spots[i]);
  for (std::uint32_t i = 0; i < run.count; ++i) {
    if (i + ahead < run.count) pages_.prefetch(run.spots[i + ahead]);
    if (!pages_.read(run.spots[i], row)) continue;
    if (equal != nullptr) {
      if (!(index.plan.exact() ? index.plan.make_exact(row.bytes()) == equal->prefix
                               : index.plan.make(row.bytes()) == *equal))
        continue;
    } else if (index.plan.exact() && index.plan.make_exact(row.bytes()) != run.prefixes[i]) {
      continue;
    }
    if (!each(row.bytes(), run.spots[i])) return false;
  }
  return true;
}

// The row behind an entry, if it still has the key that the entry says, or `equal`.
bool RowTable::visit_row(const IndexState& index, const Entry& entry, const Key* equal, const Each& each) const {
  RowBuffer row;
  if (!pages_.read(entry.spot, row)) return true;
  const bool is_it =
      equal != nullptr ? index.plan.same(row.bytes(), *equal) : index.plan.make_exact(row.bytes()) == entry.key;
  return !is_it || each(row.bytes(), entry.spot);
}

void RowTable::each_equal(std::uint32_t number, const Key& key, const Each& each) const {
  const Pin pin;
  const auto& index = indexes_[number];
  if (index.unique_hash != nullptr) {
    RowBuffer row;
    Spot dead = no_spot;
    for (Spot before = ~no_spot; dead != before;) {
      before = dead;
      const auto spot = index.unique_hash->find(hash_of(key), [&](Spot at) {
        if (!pages_.read(at, row)) {
          if (pages_.look(at).state() == CellState::dead) dead = at;
          return false;
        }
        return index.plan.make(row.bytes()) == key;
      });
      if (spot == no_spot) continue;
      each(row.bytes(), spot);
      return;
    }
    return;
  }
  if (index.loose != nullptr) {
    const auto at = index.loose_key(key);
    return walk_entries(number, at, at, false,
                        [&](const Entry& entry, const Pages&) { return visit_row(index, entry, &key, each); });
  }
  Tree::Run run;
  run.more = true;
  for (run.next = {key, 0}; run.more;) {
    index.tree->ascend(Position(run.next), run);
    const auto end = std::find_if(run.prefixes.begin(), run.prefixes.begin() + run.count,
                                  [&](std::uint64_t prefix) { return prefix != key.prefix; });
    const auto count = static_cast<std::uint32_t>(end - run.prefixes.begin());
    if (count < run.count || run.next.key.prefix != key.prefix) run.more = false;
    run.count = count;
    if (!walk_run(index, run, &key, each)) return;
  }
}

void RowTable::each_between(std::uint32_t number, const Key& low, const Key& high, bool descending,
                            const Each& each) const {
  const Pin pin;
  const auto& index = indexes_[number];
  if (index.loose != nullptr)
    return walk_entries(number, low.prefix, high.prefix, descending,
                        [&](const Entry& entry, const Pages&) { return visit_row(index, entry, nullptr, each); });
  const auto inside = [&](BytesView row, Spot spot) {
    if (index.plan.exact()) return each(row, spot);
    const auto key = index.plan.make(row);
    if (compare(key, low) < 0 || compare(key, high) > 0) return true;
    return each(row, spot);
  };
  Tree::Run run;
  run.more = true;
  for (run.next = descending ? Position{high, ~Spot{0}} : Position{low, 0}; run.more;) {
    if (descending)
      index.tree->descend(Position(run.next), run);
    else
      index.tree->ascend(Position(run.next), run);
    const auto past = std::find_if(run.prefixes.begin(), run.prefixes.begin() + run.count, [&](std::uint64_t prefix) {
      return descending ? prefix < low.prefix : prefix > high.prefix;
    });
    const auto count = static_cast<std::uint32_t>(past - run.prefixes.begin());
    if (count < run.count || (descending ? run.next.key.prefix < low.prefix : run.next.key.prefix > high.prefix))
      run.more = false;
    run.count = count;
    if (!walk_run(index, run, nullptr, inside)) return;
  }
}

bool RowTable::relocate_rows(std::uint32_t page, VacuumResult& result) {
  std::vector<Spot> rows;
  {
    const Pin pin;
    pages_.walk(page, [&](Spot spot, CellHeader header) {
      if (header.live() || header.state() == CellState::reserved || header.state() == CellState::arriving)
        rows.push_back(spot);
    });
  }
  for (const auto spot : rows) {
    const WriteScope write(writers_);
    bool gone = false;
    const auto moved = update_spot(spot, write, nullptr, gone);
    result.moved_rows += moved.has_value() && *moved ? 1 : 0;
  }
  return rows.empty();
}

// Entries of loose indexes may name cells that are long gone: none may when a page's cells become others.
void RowTable::empty_closing(VacuumResult& result) {
  std::vector<Closing*> emptied;
  for (auto& closing : closing_) {
    if (closing.emptied || !epochs().is_past(closing.epoch)) continue;
    while (!relocate_rows(closing.page, result)) {
    }
    pages_.leave(closing.page);
    emptied.push_back(&closing);
  }
  if (emptied.empty()) return;
  for (auto& index : indexes_) {
    if (index.loose == nullptr) continue;
    bool more = true;
    for (Entry cursor{}; more;) {
      const WriteScope write(writers_);
      more = index.loose->sweep(cursor);
    }
  }
  const Pin pin;
  for (auto* closing : emptied) {
    closing->emptied = true;
    closing->epoch = epochs().retirement();  // whoever walks the page now, or has an entry of it, has a pin from before
  }
}

// Three steps a page, with all pins of before gone between them: its free cells leave circulation; its rows move; it is
// given back. A step that has to wait is taken by the next vacuum.
VacuumResult RowTable::vacuum() {
  const std::lock_guard guard(vacuum_lock_);
  VacuumResult result;
  std::vector<std::uint32_t> sparse;
  std::uint64_t closed = 0;
  {
    const WriteScope write(writers_);
    pages_.reclaim(write);
    numbers_.release_empty();
    for (std::uint32_t page = 0; page < pages_.page_count(); ++page) {
      const auto& head = pages_.head(page);
      if (!head.used.load(std::memory_order_acquire) || head.closing.load(std::memory_order_acquire)) continue;
      if (!pages_.is_last(page) && pages_.live_words(page) * 2 * word_bytes < pages_.page_bytes())
        sparse.push_back(page);
    }
    pages_.begin_closing(sparse, write);
    closed = epochs().retirement();
  }
  for (const auto page : sparse) closing_.push_back({page, closed, false});
  wait_until_past(closed);
  empty_closing(result);
  wait_until_past(epochs().retirement());
  std::vector<std::uint32_t> done;
  std::erase_if(closing_, [&](const Closing& closing) {
    if (!closing.emptied || !epochs().is_past(closing.epoch)) return false;
    done.push_back(closing.page);
    return true;
  });
  std::sort(done.begin(), done.end());
  pages_.release(done, WriteScope(writers_));
  writers_.begin_anew();
  result.released_pages = done.size();
  result.waiting_pages = closing_.size();
  return result;
}

RowTable::Snapshot::Snapshot(const RowTable& table)
    : pages_(const_cast<Pages&>(table.pages_)),
      words_(std::make_unique<std::uint64_t[]>(pages_.page_bytes() / word_bytes)) {
  pages_.open_snapshot(moment_);
}

RowTable::Snapshot::~Snapshot() { pages_.close_snapshot(moment_); }

void RowTable::Snapshot::scan(const Each& each) const {
  for (std::uint32_t page = 0, end = pages_.page_count(); page < end; ++page)
    if (!scan_page(page, each)) return;
}

bool RowTable::Snapshot::scan_page(std::uint32_t page, const Each& each) const {
  bool going = true;
  if (!pages_.page_at_moment(page, moment_, words_.get())) return going;
  pages_.walk_copy(words_.get(), page, [&](CellHeader header, BytesView row, Spot spot) {
    if (going && header.live()) going = each(row, spot);
  });
  return going;
}

}  // namespace laterbase::worktable
