#include "sync/index.h"

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase::sync {
namespace {

constexpr Window everything{};
constexpr std::size_t newest_ranges = 6, newest_growth = 8;

Element element_of(const Event& event) { return sync::element_of(event.key, event.value); }

template <typename Each>
void for_each(Snapshot& snapshot, const Window& window, Each each) {
  const auto scan = snapshot.range(window.from, window.to);
  while (const std::optional<Event> event = scan->next()) each(element_of(*event));
}

Blocks::Read reader(Snapshot& snapshot) {
  return [&](const Window& window, const Blocks::Each& each) { for_each(snapshot, window, each); };
}

Element replaced_by(Snapshot& snapshot, const Event& event) {
  const std::optional<Event> old = snapshot.at(event.replaces);
  LATERBASE_INVARIANT(old && old->key == event.key, "an entry replaces one of the same key");
  return element_of(*old);
}

}  // namespace

Index::Index(const IndexOptions& options)
    : options_(options), blocks_(options.block_elements, options.gathered), counters_(options.counters) {}

bool Index::catch_up(Snapshot& snapshot, std::uint64_t most) {
  LATERBASE_INVARIANT(snapshot.head() >= lc_, "an index's snapshots don't get older");
  const Lc until = most < snapshot.head() - lc_ ? lc_ + most : snapshot.head();
  if (until > lc_) {
    const auto scan = snapshot.log(lc_, until);
    while (const std::optional<Event> event = scan->next()) {
      apply(snapshot, *event);
      lc_ = event->lc;
    }
  }
  if (lc_ < snapshot.head()) return false;
  blocks_.split(reader(snapshot));
  return true;
}

void Index::apply(Snapshot& snapshot, const Event& event) {
  if (event.aside) return;
  // Reading comes first: where it fails, nothing has changed. And the event's bytes may go with the next read.
  const Element now = element_of(event);
  const Fingerprint print = fingerprint_of(now);
  if (event.replaces != 0) {
    const Element old = replaced_by(snapshot, event);
    const Fingerprint old_print = fingerprint_of(old);
    blocks_.replace(now.key, old_print, print);
    counters_.remove(old_print.sum);
    if (cells_) cells_->remove(old);
  } else {
    blocks_.add(now.key, print);
  }
  counters_.add(print.sum);
  if (cells_) cells_->add(now);
}

Fingerprint Index::range(Snapshot& snapshot, const Window& window) const {
  return blocks_.range(window, reader(snapshot));
}

std::vector<Range> Index::split(Snapshot& snapshot, const Window& window, std::size_t pieces) const {
  const std::vector<Ulid> bounds = blocks_.cuts(window, pieces);
  if (bounds.size() + 1 >= pieces) {
    std::vector<Range> ranges = part(snapshot, window, bounds);
    // Blocks at the window's ends may have all their keys beyond it; then the cuts there part nothing.
    const auto some = [](const Range& range) { return range.print.count > 0; };
    if (pieces == 1 || std::count_if(ranges.begin(), ranges.end(), some) > 1) return ranges;
  }
  return part(snapshot, window, counted_cuts(snapshot, window, pieces));
}

// For a window of few blocks.
std::vector<Ulid> Index::counted_cuts(Snapshot& snapshot, const Window& window, std::size_t pieces) const {
  std::vector<Ulid> cuts;
  const std::uint64_t step = std::max<std::uint64_t>(range(snapshot, window).count / pieces, 1);
  for (Ulid from = window.from; cuts.size() + 1 < pieces;) {
    const std::optional<Ulid> key = snapshot.key_after(from, window.to, step);
    if (!key) break;
    cuts.push_back(from = *key);
  }
  return cuts;
}

std::vector<Range> Index::part(Snapshot& snapshot, const Window& window, const std::vector<Ulid>& cuts) const {
  std::vector<Range> ranges;
  Ulid from = window.from;
  for (const Ulid& cut : cuts) {
    if (cut == from) continue;
    const Window piece{from, {cut.high - (cut.low == 0 ? 1 : 0), cut.low - 1}};
    ranges.push_back({piece, range(snapshot, piece)});
    from = cut;
  }
  ranges.push_back({{from, window.to}, range(snapshot, {from, window.to})});
  return ranges;
}

// From the newest block, eight, sixty-four … blocks to the end, so that wherever a replica stopped the part that it
// lacks is at most eight times too large.
std::vector<Range> Index::newest(const Window& window) const {
  std::vector<Range> ranges;
  Fingerprint sum;
  const std::vector<Block>& blocks = blocks_.all();
  std::size_t next = 1;
  for (std::size_t taken = 1; taken < blocks.size() && ranges.size() < newest_ranges; ++taken) {
    const Block& block = blocks[blocks.size() - taken];
    if (block.from <= window.from) break;
    sum += block.print;
    if (taken != next) continue;
    ranges.push_back({{block.from, window.to}, sum});
    next *= newest_growth;
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

Summary Index::summary(Snapshot& snapshot, const std::optional<Window>& window) const {
  if (!window || *window == everything) return {whole(), newest(everything), counters_.values()};
  Summary summary;
  summary.whole = range(snapshot, *window);
  if (window->to == everything.to) summary.newest = newest(*window);
  if (summary.whole.count > options_.keep_cells_above) return summary;
  Counters counters(options_.counters);
  for_each(snapshot, *window, [&](const Element& element) { counters.add(element_hash(element)); });
  summary.counters = counters.values();
  return summary;
}

void Index::sketch(Snapshot& snapshot, const Window& window, CellSet& to) const {
  for_each(snapshot, window, [&](const Element& element) { to.add(element); });
}

// In the order of the log, which is read ten times faster than that of the keys.
void Index::keep_cells(Snapshot& snapshot) {
  CellSet made(options_.most_cells, options_.sketch);
  const auto scan = snapshot.log(0, lc_);
  while (const std::optional<Event> event = scan->next()) {
    if (event->aside) continue;
    made.add(element_of(*event));
    if (event->replaces != 0) made.remove(replaced_by(snapshot, *event));
  }
  cells_ = std::move(made);
}

Cells Index::cells(Snapshot& snapshot, const std::optional<Window>& window, const CellsWanted& wanted) {
  const std::uint64_t end = std::min<std::uint64_t>(
      options_.most_cells, wanted.first + std::min<std::uint64_t>(wanted.count, options_.most_cells));
  Cells found{wanted.first, {}};
  if (wanted.first >= end) return found;
  const auto part_of = [&](const CellSet& set) {
    const auto all = std::as_const(set).cells();
    found.cells.assign(all.begin() + static_cast<std::ptrdiff_t>(wanted.first),
                       all.begin() + static_cast<std::ptrdiff_t>(end));
    return found;
  };
  const bool of_all = !window || *window == everything;
  if (of_all && !cells_ && whole().count > options_.keep_cells_above) keep_cells(snapshot);
  if (of_all && cells_) return part_of(*cells_);
  CellSet made(end, options_.sketch);
  sketch(snapshot, window.value_or(everything), made);
  return part_of(made);
}

std::vector<Element> Index::elements(Snapshot& snapshot, const Window& window) const {
  std::vector<Element> elements;
  for_each(snapshot, window, [&](const Element& element) { elements.push_back(element); });
  return elements;
}

}  // namespace laterbase::sync
