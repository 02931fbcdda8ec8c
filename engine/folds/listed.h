#pragma once

#include <utility>
#include <vector>

#include "engine/folds/fold.h"

namespace laterbase::folds {

// Events in memory as a log, in the order given: positions 1, 2, 3, …
// Lifetime: of the bytes that the events point to.
class ListedEvents final : public Source {
 public:
  explicit ListedEvents(std::vector<Event> events) : entries_(std::move(events)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i].lc = i + 1;
  }
  const std::vector<Event>& entries() const noexcept { return entries_; }

  void keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) override {
    for (const Lc lc : positions) visit(entries_[lc - 1].key);
  }
  void events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) override {
    for (const Lc lc : positions)
      if (!visit(entries_[lc - 1])) return;
  }

 private:
  std::vector<Event> entries_;
};

}  // namespace laterbase::folds
