#include "sync/comparing.h"

#include <algorithm>
#include <iterator>

namespace laterbase::sync {
namespace {

Fingerprint sum_of(Snapshot& now, const std::vector<Symbol>& symbols) {
  Fingerprint sum;
  for (const Symbol& symbol : symbols)
    if (const auto event = now.find(symbol.key)) sum += fingerprint_of(element_of(event->key, event->value));
  return sum;
}

}  // namespace

const char* name_of(Mode mode) noexcept {
  switch (mode) {
    case Mode::cursor:
      return "cursor";
    case Mode::equal:
      return "equal";
    case Mode::log:
      return "log";
    case Mode::newest:
      return "newest";
    case Mode::cells:
      return "cells";
    case Mode::ranges:
      return "ranges";
  }
  return "?";
}

void Comparing::begin(Message& message, Index& index, Snapshot& now) {
  message.summary = index.summary(now, window_);
  mine_at_ = message.from;
  mine_seen_ = message.seen;
  asked_summary_ = true;
  is_doubtful_ = false;
  proof_.reset();
  cells_.clear();
  cells_of_.reset();
}

void Comparing::add_to(Message& message, Index& index, Snapshot& now) {
  if (!is_on_) return;
  if (want_cells_) message.want_cells = want_cells_;
  if (ranges_due_) {
    message.ranges = index.split(now, all(), limits_.range_split);
    ranges_due_ = false;
    return;
  }
  RangeHunt::Step step = hunt_.step(index, now, limits_);
  message.ranges = std::move(step.ask);
  message.listings = std::move(step.listings);
  for (const Window& keys : step.take) taking_.want_range(keys);
  for (const Window& keys : step.give) {
    std::vector<Ulid> all;
    for (const Element& element : index.elements(now, keys)) all.push_back(element.key);
    giving_.give(all);
  }
}

Result<void> Comparing::take(const Message& asked, const Message& answer) {
  if (asked_summary_) {
    asked_summary_ = false;
    return take_pick(asked, answer);
  }
  if (!is_on_) return {};
  if (newest_) {
    for (const WireEvent& event : answer.events) newest_came_.push_back(element_of(event.key, event.value));
    if (!taking_.has_work()) give_newest();
  }
  if (want_cells_) take_cells(answer);
  hunt_.open(answer.ranges);
  if (answer.wants) giving_.give(*answer.wants);
  return {};
}

Result<void> Comparing::take_pick(const Message& asked, const Message& answer) {
  if (!answer.from || !answer.summary) return Error{ErrorCode::invalid, "the answer to a summary holds none"};
  theirs_at_ = answer.from;
  theirs_seen_ = answer.seen;
  const bool follows = asked.cursor && asked.cursor->lc > 0 && answer.verdict == Verdict::valid;
  if (answer.summary->whole == asked.summary->whole) {
    take_equal(asked, answer);
  } else if (follows) {
    mode_ = Mode::cursor;
  } else if (answer.cells) {
    used_ = is_on_ = true;
    mode_ = Mode::cells;
    take_cells(answer);
  } else if (!answer.want_ranges.empty()) {
    used_ = is_on_ = true;
    mode_ = Mode::newest;
    newest_ = answer.want_ranges.front();
    take_newest(answer);
  } else if (!answer.ranges.empty()) {
    used_ = is_on_ = true;
    mode_ = Mode::ranges;
    hunt_.open(answer.ranges);
  } else {
    mode_ = Mode::log;  // both cursors are at the start: taking and giving go on from there
    giving_.give_all();
    if (!asked.cursor) taking_.follow({theirs_at_->node, theirs_at_->epoch, 0, {}});
  }
  return {};
}

void Comparing::take_equal(const Message& asked, const Message& answer) {
  mode_ = asked.cursor && asked.cursor->lc > 0 && answer.verdict == Verdict::valid ? Mode::cursor : Mode::equal;
  used_ = mode_ == Mode::equal;
  taking_.stop_following();
  taking_.expect({});
  taking_.keep(*answer.from, answer.seen);
}

void Comparing::take_newest(const Message& answer) {
  for (const WireEvent& event : answer.events) newest_came_.push_back(element_of(event.key, event.value));
  for (const Window& rest : answer.deferred) taking_.want_range(rest);
  if (!taking_.has_work()) give_newest();
}

// All that the peer has in the span has come, so what else is here is what it lacks: by whole hashes, since values that
// look alike to a sketch can be told apart nowhere later.
void Comparing::give_newest() {
  std::sort(newest_came_.begin(), newest_came_.end());
  std::vector<Ulid> keys;
  Snapshot now = replica_.snapshot();
  const auto scan = now.range(newest_->from, newest_->to);
  while (const auto event = scan->next()) {
    const Element here = element_of(event->key, event->value);
    if (!std::binary_search(newest_came_.begin(), newest_came_.end(), here)) keys.push_back(here.key);
  }
  giving_.give(keys);
  newest_.reset();
  newest_came_.clear();
}

void Comparing::take_cells(const Message& answer) {
  const std::uint64_t asked_for = want_cells_ ? want_cells_->first : 0;
  want_cells_.reset();
  if (!answer.cells || !answer.summary || answer.cells->first != asked_for) return turn_to_ranges();
  if (cells_of_ && *cells_of_ != answer.summary->whole) {  // the peer's set has changed: its cells are of another one
    cells_.clear();
    if (asked_for != 0) {
      cells_of_.reset();
      want_cells_ = CellsWanted{0, asked_for + answer.cells->cells.size()};
      return;
    }
  }
  cells_of_ = answer.summary->whole;
  cells_.insert(cells_.end(), answer.cells->cells.begin(), answer.cells->cells.end());
  Difference peeled;
  Fingerprint missing;  // here of the peer's set, were the peeled differences all there are
  bool equal = false;
  replica_.with_index([&](Index& index, Snapshot& now) {
    equal = index.range(now, all()) == *cells_of_;
    peeled = peel(index.cells(now, window_, {0, cells_.size()}).cells, cells_, index.sketch_options());
    missing = *cells_of_ - index.range(now, all()) + sum_of(now, peeled.only_mine);
  });
  const bool found = peeled.complete && (equal || !peeled.only_mine.empty() || !peeled.only_theirs.empty());
  if (!found) {
    const std::uint64_t more = std::min<std::uint64_t>(cells_.size() / 3 + 64, limits_.cells - cells_.size());
    if (peeled.complete || more == 0) return turn_to_ranges();
    want_cells_ = CellsWanted{cells_.size(), more};
    return;
  }
  std::vector<Ulid> keys;
  for (const Symbol& symbol : peeled.only_mine) keys.push_back(symbol.key);
  giving_.give(keys);
  keys.clear();
  for (const Symbol& symbol : peeled.only_theirs) keys.push_back(symbol.key);
  taking_.want_all(keys);
  is_doubtful_ = keys.empty() && missing != Fingerprint{};
  if (!keys.empty()) proof_ = Proof{missing, taking_.is_on() ? std::vector<Ulid>() : keys};
}

void Comparing::turn_to_ranges() {
  mode_ = Mode::ranges;
  ranges_due_ = true;
  cells_.clear();
  proof_.reset();
}

void Comparing::close_if_done() {
  if (!is_on_ || has_work() || ranges_due_ || newest_) return;
  is_on_ = false;
  if (is_doubtful_) return;
  taking_.expect(proof_ ? std::optional(proof_->sum) : std::nullopt);
  taking_.keep(*theirs_at_, theirs_seen_);
  giving_.adopt(*mine_at_, mine_seen_, proof_);
}

}  // namespace laterbase::sync
