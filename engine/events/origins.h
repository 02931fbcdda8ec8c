#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/events/event.h"

namespace laterbase {

// One life of some node's log: what an event's origin number stands for.
struct Life {
  Ulid epoch;
  Ulid node;
  bool own = false;         // of this log, not of a peer's
  std::optional<Lc> began;  // an own one's: the head of the log when it began; unknown of those written long ago
};
using Lives = std::vector<Life>;

// Numbers cost two bytes an event. The last of them are kept for this log's own lives: what a peer brings from yet
// another one counts as relayed.
constexpr std::size_t kMostForeignLives = 0xfc00;
constexpr std::size_t kMostLives = 0x10000;

// The lives that a log has met, by number and by name. The list is shared and never changed, only replaced by a longer
// one. Threads: one at a time; what lives() gave may go anywhere.
class OriginBook {
 public:
  void start_with(Lives lives);
  const std::shared_ptr<const Lives>& lives() const noexcept { return lives_; }
  std::size_t size() const noexcept { return lives_->size(); }

  std::optional<std::uint16_t> number_of(const Ulid& epoch, const Ulid& node) const;
  bool takes_foreign() const noexcept { return size() < kMostForeignLives; }
  // The new ones get the next numbers.
  void add(const Lives& more);

 private:
  struct NameHash {
    std::size_t operator()(const std::pair<Ulid, Ulid>& name) const noexcept {
      return name.first.low * 0x9e3779b97f4a7c15ULL ^ name.first.high ^ name.second.low;
    }
  };

  std::shared_ptr<const Lives> lives_ = std::make_shared<const Lives>();
  boost::unordered_flat_map<std::pair<Ulid, Ulid>, std::uint16_t, NameHash> numbers_;
};

}  // namespace laterbase
