#include "sync/taking.h"

#include <algorithm>
#include <iterator>

#include "sync/memory.h"

namespace laterbase::sync {

void Taking::follow(const Head& cursor) {
  cursor_ = cursor;
  following_ = is_on_;
  midway_ = false;
}

void Taking::want_missing(const Message& answer) {
  Snapshot now = replica_.snapshot();
  want_all(missing_of(now, answer));
}

void Taking::want_all(const std::vector<Ulid>& keys) {
  if (!is_on_) return;
  wants_.insert(wants_.end(), keys.begin(), keys.end());
  std::sort(wants_.begin(), wants_.end());
  wants_.erase(std::unique(wants_.begin(), wants_.end()), wants_.end());
}

void Taking::keep(const Head& cursor, const std::vector<Seen>& seen) {
  if (!is_on_) return;
  to_keep_ = cursor;
  to_join_ = seen;
  settle();
}

void Taking::add_to(Message& message) {
  if (!is_on_) return;
  if (cursor_ && (following_ || cursor_->lc > 0)) message.cursor = cursor_;
  if (!wants_.empty()) {
    const std::size_t count = std::min(wants_.size(), limits_.ids);
    message.wants.emplace(wants_.begin(), wants_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  const std::size_t ranges = std::min(want_ranges_.size(), limits_.ranges);
  message.want_ranges.assign(want_ranges_.begin(), want_ranges_.begin() + static_cast<std::ptrdiff_t>(ranges));
}

Result<void> Taking::take(const Message& asked, const Message& answer) {
  if (!is_on_) return {};
  if (auto taken = take_events(answer); !taken) return taken;
  check_off(asked, answer);
  // Of listed ranges the peer names what differs; such a key may be here with another value.
  if (answer.ids) asked.listings.empty() ? want_missing(answer) : want_all(*answer.ids);
  settle();
  if (asked.cursor && answer.verdict == Verdict::valid && answer.delta) {
    cursor_ = answer.delta->next;
    following_ = midway_ = answer.delta->more;
    keep(answer.delta->next, following_ ? std::vector<Seen>() : answer.seen);
  } else if (asked.cursor) {
    following_ = false;
    cursor_.reset();
  }
  return {};
}

Result<void> Taking::take_events(const Message& answer) {
  if (answer.events.empty()) return {};
  const AppendResult merged = merge_events(replica_, answer.events, answer.delta.has_value());
  if (!merged) {
    const AppendError& error = merged.error();
    if (const auto* failure = std::get_if<FailureCode>(&error.code)) throw Failure(*failure, error.detail);
    return Error{std::get<ErrorCode>(error.code), error.detail};
  }
  received_ += merged->stored;
  const Lc first = merged->lc - merged->stored - merged->aside;
  if (!came_.empty() && came_.back().until == first)
    came_.back().until = merged->lc;  // a long log is one run
  else if (first != merged->lc)
    came_.push_back({first, merged->lc});
  return {};
}

// A peer looks at wanted keys in the order in which they were asked for, so what comes before the last that came and
// did not come is not there.
void Taking::check_off(const Message& asked, const Message& answer) {
  if (asked.wants) {
    std::vector<Ulid> of_them;
    for (const WireEvent& event : answer.events) {
      const bool is_wanted = std::binary_search(asked.wants->begin(), asked.wants->end(), event.key);
      if (!is_wanted || (!of_them.empty() && event.key <= of_them.back())) continue;  // of the log
      of_them.push_back(event.key);
      if (missing_) *missing_ -= fingerprint_of(element_of(event.key, event.value));
    }
    incomplete_ = incomplete_ || of_them.empty();
    const Ulid last = of_them.empty() ? asked.wants->back() : of_them.back();
    const auto rest = std::upper_bound(wants_.begin(), wants_.end(), last);
    wants_.erase(wants_.begin(), rest);
  }
  if (asked.want_ranges.empty()) return;
  want_ranges_.erase(want_ranges_.begin(),
                     want_ranges_.begin() + static_cast<std::ptrdiff_t>(asked.want_ranges.size()));
  const bool went_on = !answer.events.empty() || answer.deferred.empty();
  if (went_on)
    want_ranges_.insert(want_ranges_.begin(), answer.deferred.begin(), answer.deferred.end());
  else
    incomplete_ = true;
}

void Taking::settle() {
  if (!to_keep_ || !is_proven() || !want_ranges_.empty()) return;
  keep_cursor(replica_, *to_keep_, window_);
  cursor_ = to_keep_;
  if (!to_join_.empty() && window_ == Window{}) {
    Snapshot now = replica_.snapshot();
    join_seen(replica_, now, to_join_);
  }
  to_keep_.reset();
}

}  // namespace laterbase::sync
