#include "sync/answer.h"

#include <algorithm>

#include "sync/lineage.h"
#include "sync/log_part.h"
#include "sync/memory.h"
#include "sync/reconcile.h"

namespace laterbase::sync {
namespace {

const Window everything{};

class Answering {
 public:
  Answering(Replica& replica, const Message& asked, const Limits& limits)
      : replica_(replica), asked_(asked), limits_(limits), window_(asked.window.value_or(everything)) {}

  Result<Message> run() {
    if (window_.to < window_.from) return Error{ErrorCode::invalid, "the window ends before it begins"};
    if (asked_.delta && !asked_.from) return Error{ErrorCode::invalid, "`delta` without `from`: whose log is it of?"};
    notice_restore();
    const bool lacks_nothing = find_lacks();
    send_wanted();  // as it is before the events come: what loses to one of them is news to the sender as well
    if (auto merged = take_events(); !merged) return merged.error();
    if (lacks_nothing) move_cursor();
    auto joined = joined_seen(replica_);
    Snapshot now = asked_.from || needs_index() ? with_index() : replica_.snapshot();
    if (asked_.from) introduce(now, std::move(joined));
    send_ranges(now);
    if (asked_.cursor) follow_log(now);
    return std::move(answer_);
  }

 private:
  // True where nothing that was announced is missing.
  bool find_lacks() {
    if (!asked_.ids) return true;
    Snapshot now = replica_.snapshot();
    answer_.lacks = missing_of(now, asked_);
    return answer_.lacks->empty();
  }

  Result<void> take_events() {
    if (asked_.events.empty()) return {};
    const AppendResult merged = merge_events(replica_, asked_.events, asked_.delta.has_value());
    if (!merged) return to_error(merged.error());
    came_ = {merged->lc - merged->stored - merged->aside, merged->lc};
    return {};
  }

  static Error to_error(const AppendError& error) {
    if (const auto* failure = std::get_if<FailureCode>(&error.code)) throw Failure(*failure, error.detail);
    return {std::get<ErrorCode>(error.code), error.detail};
  }

  // Only from where it stands: another conversation may have moved it.
  void move_cursor() {
    if (!asked_.delta) return;
    const Delta& delta = *asked_.delta;
    if (delta.proof && !is_proven_) return;
    if (delta.next.node != asked_.from->node) return;
    Snapshot before = replica_.snapshot();
    if (delta.held && !is_here(before, replica_.node(), *delta.held)) return;  // what it builds on is gone
    const auto stands = cursor_into(replica_, asked_.from->node, asked_.from->epoch, window_);
    const bool from_there = delta.after.lc == 0 || (stands && *stands == delta.after);
    const bool is_back = stands && stands->epoch == delta.next.epoch && delta.next.lc < stands->lc;
    if (!from_there || is_back) return;
    if (!stands || *stands != delta.next) keep_cursor(replica_, delta.next, window_);
    if (asked_.window || delta.more) return;
    Snapshot now = replica_.snapshot();
    join_seen(replica_, now, asked_.seen);
  }

  // Somebody has seen more of this log than there is. An epoch without a write of its own needs no successor.
  void notice_restore() {
    Snapshot now = replica_.snapshot();
    if (has_outlived(now, replica_.node(), asked_)) replica_.begin_new_epoch();
  }

  bool needs_index() const {
    return asked_.summary || !asked_.ranges.empty() || !asked_.listings.empty() || asked_.want_cells ||
           !asked_.want_ranges.empty();
  }

  Snapshot with_index() {
    return replica_.with_index([this](Index& index, Snapshot& now) {
      answer_.summary = Summary{index.range(now, window_), {}, {}};
      if (!asked_.ranges.empty() || !asked_.listings.empty()) compare(index, now);
      if (asked_.want_cells) send_cells(index, now);
      if (asked_.summary) reconcile(index, now);
    });
  }

  void introduce(Snapshot& now, std::vector<Seen> joined) {
    answer_.from = head_of(now, replica_.node());
    if (asked_.window) answer_.window = asked_.window;
    answer_.seen = seen_by(std::move(joined), now, limits_.seen);
    if (!answer_.cursor)
      if (const auto stands = cursor_into(replica_, asked_.from->node, asked_.from->epoch, window_))
        answer_.cursor = stands;
  }

  void compare(Index& index, Snapshot& now) {
    RangeAnswer compared = answer_ranges(index, now, asked_.ranges, asked_.listings, limits_);
    answer_.ranges = std::move(compared.ranges);
    if (!compared.mine.empty()) answer_.ids = sorted(std::move(compared.mine));
    if (!compared.theirs.empty()) answer_.wants = sorted(std::move(compared.theirs));
  }

  static std::vector<Ulid> sorted(std::vector<Ulid> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  void send_cells(Index& index, Snapshot& now) {
    const std::uint64_t first = std::min(asked_.want_cells->first, limits_.cells);
    const std::uint64_t count = std::min(asked_.want_cells->count, limits_.cells - first);
    answer_.cells = index.cells(now, asked_.window, {first, count});
  }

  // With a cursor that stands, what the sender lacks follows from the log; a summary is for where none does.
  void reconcile(Index& index, Snapshot& now) {
    const bool follows = asked_.cursor && stand(now, *asked_.cursor).lc && asked_.cursor->lc > 0;
    const Picked picked = pick(index, now, asked_.window, *asked_.summary, limits_);
    way_ = picked.way;
    if (picked.way == Way::equal) return agree(now);
    if (follows) return;
    switch (picked.way) {
      case Way::equal:
        break;
      case Way::log:
        begin_at_start();
        break;
      case Way::newest:
        answer_.want_ranges.push_back(picked.span);
        break;
      case Way::cells:
        answer_.cells = index.cells(now, asked_.window, {0, picked.cells});
        break;
      case Way::ranges:
        answer_.ranges = picked.ranges;
        break;
    }
  }

  // A cursor that was kept may be what has gone wrong, and so may a vector: nothing is left out for their sake.
  void begin_at_start() {
    from_start_ = true;
    if (!asked_.from) return;
    answer_.cursor = Head{asked_.from->node, asked_.from->epoch, 0, {}};
    keep_cursor(replica_, *answer_.cursor, window_);
  }

  // The sender holds just what is here: each stands at the other's head.
  void agree(Snapshot& now) {
    answer_.next = head_of(now, replica_.node());
    if (!asked_.from) return;
    keep_cursor(replica_, *asked_.from, window_);
    if (!asked_.window) join_seen(replica_, now, asked_.seen);
  }

  void follow_log(Snapshot& now) {
    const auto standing = from_start_ ? std::optional<Lc>(0) : stand(now, *asked_.cursor).lc;
    // The start of the log is a place for whoever asks without a summary, or has nothing.
    const bool at_start = standing && *standing == 0 && asked_.summary && !from_start_ && way_ != Way::equal;
    if (!standing || at_start) {
      answer_.verdict = Verdict::reset;
      return;
    }
    answer_.verdict = Verdict::valid;
    if (answer_.next) return;
    const bool by_key = !asked_.from || asked_.window;  // no vector to tell what the sender has, or one with holes
    const Budget budget(limits_, answer_.events);
    const auto* seen = from_start_ ? nullptr : &asked_.seen;
    LogPart part = read_log(now, *standing, {seen, by_key, window_, {came_}}, limits_, budget);
    const Ulid node = replica_.node();
    answer_.delta = Delta{place_of(now, node, *standing), place_of(now, node, part.next), part.more, {}, {}};
    answer_.next = answer_.delta->next;
    answer_.events.insert(answer_.events.end(), std::move_iterator(part.events.begin()),
                          std::move_iterator(part.events.end()));
    if (part.ids.empty() && !by_key) return;
    const std::vector<Ulid> compared = answer_.ids ? std::move(*answer_.ids) : std::vector<Ulid>();
    announce(part.ids, answer_);
    if (compared.empty()) return;
    answer_.ids->insert(answer_.ids->end(), compared.begin(), compared.end());
    answer_.ids = sorted(std::move(*answer_.ids));
    answer_.hashes.clear();
  }

  void send_wanted() {
    const Proof* const proof = asked_.delta && asked_.delta->proof ? &*asked_.delta->proof : nullptr;
    if (!asked_.wants && !proof) return;
    const std::vector<Ulid> wants = asked_.wants.value_or(std::vector<Ulid>());
    Snapshot now = replica_.snapshot();
    std::size_t at = 0;
    read_keys(now, wants, &at, limits_, answer_.events);
    if (!proof) return;
    Fingerprint sum;
    const auto add = [&](const Ulid& key, BytesView value) { sum += fingerprint_of(element_of(key, value)); };
    for (const WireEvent& event : answer_.events) add(event.key, event.value);
    std::vector<Ulid> others(wants.begin() + static_cast<std::ptrdiff_t>(at), wants.end());
    others.insert(others.end(), proof->of.begin(), proof->of.end());
    for (const Ulid& key : others)
      if (const auto event = now.find(key)) add(key, event->value);
    is_proven_ = sum == proof->sum;
  }

  void send_ranges(Snapshot& now) {
    std::vector<Window> wanted = asked_.want_ranges;
    if (way_ == Way::newest && answer_.want_ranges.size() == 1) wanted.push_back(answer_.want_ranges.front());
    for (const Window& window : wanted) {
      if (!answer_.deferred.empty()) {
        answer_.deferred.push_back(window);
        continue;
      }
      if (const auto rest = read_range(now, window, limits_, answer_.events))
        answer_.deferred.push_back({*rest, window.to});
    }
  }

  Replica& replica_;
  const Message& asked_;
  const Limits& limits_;
  Window window_;
  Message answer_;
  Positions came_;
  Way way_ = Way::ranges;
  bool from_start_ = false;
  bool is_proven_ = false;
};

}  // namespace

Result<Message> answer(Replica& replica, const Message& asked, const Limits& limits) {
  return Answering(replica, asked, limits).run();
}

}  // namespace laterbase::sync
