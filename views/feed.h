#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/events/event.h"
#include "engine/ivm/batch.h"

// What changed in one relation, commit by commit, for those who follow it live. A subscriber is a cursor into this
// history; it is bounded, and who comes from before its begin starts anew.
namespace laterbase::views {

struct FeedMessage {
  Lc lc = 0;
  std::vector<std::pair<ivm::Row, std::int64_t>> changes;
  std::string patch = {};  // of a tree, instead
};

// Told, on whichever thread stepped, that there may be more to read: quick, no throwing, no calls back.
class FeedListener {
 public:
  virtual ~FeedListener() = default;
  virtual void feed_advanced() noexcept = 0;
};

// Threads: under its database's lock.
class Feed {
 public:
  // All changes after position `from` will be recorded.
  explicit Feed(Lc from) : floor_(from) {}

  void record(Lc lc, const ivm::Batch& changes);
  void record(Lc lc, std::string patch);
  // It is another relation from now on: columns changed, or it was built anew.
  void restart(Lc lc);
  void wake() noexcept;

  // Counts up whenever cursors become worthless.
  std::uint64_t generation() const noexcept { return generation_; }
  bool reaches(Lc lc) const noexcept { return lc >= floor_; }
  // The first message after `lc`; null where there is none.
  const FeedMessage* after(Lc lc) const;

  void add(FeedListener& listener) { listeners_.push_back(&listener); }
  void remove(FeedListener& listener) noexcept { std::erase(listeners_, &listener); }
  bool has_listeners() const noexcept { return !listeners_.empty(); }

 private:
  void keep(FeedMessage message, std::size_t bytes);

  static constexpr std::size_t most_messages = 1024;
  static constexpr std::size_t most_bytes = 8 << 20;

  Lc floor_;
  std::uint64_t generation_ = 0;
  std::deque<FeedMessage> messages_;
  std::deque<std::size_t> sizes_;
  std::size_t bytes_ = 0;
  std::vector<FeedListener*> listeners_;
};

}  // namespace laterbase::views
