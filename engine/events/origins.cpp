#include "engine/events/origins.h"

#include "engine/base/invariant.h"

namespace laterbase {

void OriginBook::start_with(Lives lives) {
  lives_ = std::make_shared<const Lives>();
  numbers_.clear();
  add(lives);
}

std::optional<std::uint16_t> OriginBook::number_of(const Ulid& epoch, const Ulid& node) const {
  const auto found = numbers_.find({epoch, node});
  return found != numbers_.end() ? std::optional(found->second) : std::nullopt;
}

void OriginBook::add(const Lives& more) {
  LATERBASE_INVARIANT(size() + more.size() <= kMostLives, "a log has met more lives than it can number");
  Lives longer = *lives_;
  for (const Life& life : more) {
    numbers_.emplace(std::pair(life.epoch, life.node), static_cast<std::uint16_t>(longer.size()));
    longer.push_back(life);
  }
  lives_ = std::make_shared<const Lives>(std::move(longer));
}

}  // namespace laterbase
