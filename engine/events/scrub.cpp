#include "engine/events/scrub.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/log.h"

namespace laterbase {

void Scrub::step(Snapshot& snapshot, std::size_t events) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < events; ++i, ++next_) {
    if (next_ > snapshot.head()) {
      next_ = 1;
      ++passes_;
      return;
    }
    try {
      const auto event = snapshot.at(next_);
      const auto again = snapshot.find(event->key);
      if (!event->waiting && (!again || again->key != event->key))
        throw Failure(FailureCode::damaged, fmt::format("the key of position {} is not found", next_));
    } catch (const Failure& failure) {
      if (damage_ != failure.what()) log::error("the scrub found damage", {{"reason", failure.what()}});
      damage_ = failure.what();
    }
  }
}

std::string Scrub::damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

std::uint64_t Scrub::passes() const {
  const std::lock_guard lock(mutex_);
  return passes_;
}

}  // namespace laterbase
