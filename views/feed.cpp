#include "views/feed.h"

#include <algorithm>

namespace laterbase::views {

void Feed::record(Lc lc, const ivm::Batch& changes) {
  FeedMessage message{lc, {}, {}};
  std::size_t bytes = sizeof message;
  message.changes.reserve(changes.size());
  for (const ivm::Change& change : changes) {
    message.changes.emplace_back(ivm::Row(change.row), change.weight);
    bytes += change.row.bytes() + sizeof message.changes.front();
  }
  keep(std::move(message), bytes);
}

void Feed::record(Lc lc, std::string patch) {
  const std::size_t bytes = sizeof(FeedMessage) + patch.size();
  keep({lc, {}, std::move(patch)}, bytes);
}

void Feed::keep(FeedMessage message, std::size_t bytes) {
  messages_.push_back(std::move(message));
  sizes_.push_back(bytes);
  bytes_ += bytes;
  while (messages_.size() > most_messages || bytes_ > most_bytes) {
    floor_ = messages_.front().lc;
    bytes_ -= sizes_.front();
    messages_.pop_front();
    sizes_.pop_front();
  }
}

void Feed::restart(Lc lc) {
  ++generation_;
  floor_ = lc;
  messages_.clear();
  sizes_.clear();
  bytes_ = 0;
}

void Feed::wake() noexcept {
  for (FeedListener* listener : listeners_) listener->feed_advanced();
}

const FeedMessage* Feed::after(Lc lc) const {
  const auto found = std::upper_bound(messages_.begin(), messages_.end(), lc,
                                      [](Lc position, const FeedMessage& message) { return position < message.lc; });
  return found == messages_.end() ? nullptr : &*found;
}

}  // namespace laterbase::views
