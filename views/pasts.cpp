#include "views/pasts.h"

#include <algorithm>
#include <utility>

namespace laterbase::views {

Pasts::Pasts(Root& root, std::function<std::vector<SourceMaker>()> sources, std::function<bool()> stop,
             const PastLimits& limits)
    : limits_(limits),
      around_{root,
              std::move(sources),
              std::move(stop),
              [this](const KeptPast& past) { return wants(past); },
              [this](KeptPast past) { keep(std::move(past)); },
              limits.least_distance,
              {}} {}

void Pasts::at(const std::string& relation, Definitions definitions, const Moment& moment, std::uint64_t life,
               const Read& read) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(life_, life) != life) clear();
  auto past = nearest(relation, std::move(definitions), moment);
  past->go_to(moment);  // one that fails on its way is of no use any more
  live_.push_front(std::move(past));
  while (live_.size() > most_live) live_.pop_back();
  read(*live_.front());
}

// The one that has least to take in, out of the list.
std::unique_ptr<Past> Pasts::nearest(const std::string& relation, Definitions definitions, const Moment& moment) {
  auto best = live_.end();
  for (auto past = live_.begin(); past != live_.end(); ++past) {
    if (!(*past)->shows(relation, definitions) || !(*past)->can_go_to(moment)) continue;
    if (best == live_.end() || (*past)->taken() > (*best)->taken()) best = past;
  }
  const auto kept = nearest_kept(relation, definitions, moment);
  if (kept != kept_.end() && (best == live_.end() || kept->taken > (*best)->taken())) {
    kept_.splice(kept_.begin(), kept_, kept);
    if (auto past = Past::begin(around_, *kept)) return past;
    kept_bytes_ -= kept->bytes;
    kept_.erase(kept);
  }
  if (best == live_.end()) return Past::begin(around_, relation, std::move(definitions));
  auto past = std::move(*best);
  live_.erase(best);
  return past;
}

Pasts::Kept::iterator Pasts::nearest_kept(const std::string& relation, const Definitions& definitions,
                                          const Moment& moment) {
  auto best = kept_.end();
  for (auto past = kept_.begin(); past != kept_.end(); ++past) {
    if (past->relation != relation || !past->moment.is_before(moment)) continue;
    if (best != kept_.end() && past->taken <= best->taken) continue;
    if (past->definitions == definitions) best = past;
  }
  return best;
}

// Not beside one that is as good, and not where it would leave no room for others.
bool Pasts::wants(const KeptPast& past) const {
  if (past.bytes > limits_.most_bytes / 4) return false;
  return std::none_of(kept_.begin(), kept_.end(), [&](const KeptPast& one) {
    return one.relation == past.relation && one.moment.is_before(past.moment) &&
           one.taken + limits_.least_distance > past.taken && one.definitions == past.definitions;
  });
}

void Pasts::keep(KeptPast past) {
  if (past.bytes > limits_.most_bytes / 4) return;
  kept_bytes_ += past.bytes;
  kept_.push_front(std::move(past));
  for (; kept_bytes_ > limits_.most_bytes; kept_.pop_back()) kept_bytes_ -= kept_.back().bytes;
}

void Pasts::forget() {
  const std::lock_guard lock(mutex_);
  clear();
}

void Pasts::clear() {
  live_.clear();
  kept_.clear();
  kept_bytes_ = 0;
}

std::size_t Pasts::kept() {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace laterbase::views
