#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/events/log.h"
#include "engine/storage/faults.h"
#include "engine/storage/memory_disk.h"
#include "engine/storage/memory_storage.h"

// A log on a simulated machine, and the plain list that it must be equal to.
namespace laterbase::model {

class TestClock final : public Clock {
 public:
  std::int64_t wall_ms() noexcept override { return wall; }
  std::int64_t monotonic_us() noexcept override { return monotonic; }
  std::int64_t wall = 1'700'000'000'000;
  std::int64_t monotonic = 0;
};

class Request final : public AppendRequest {
 public:
  void completed() noexcept override {}
};

struct Stored {
  Ulid key;
  std::string value;
  bool is_json = false;
};

// What a correct log shows, position by position.
struct Expected {
  std::vector<Stored> log;
  std::map<Ulid, std::size_t> by_key;  // → place in `log`
  std::size_t durable = 0;             // so many must survive a power loss
  Ulid epoch;

  void add(const Stored& stored) {
    by_key.emplace(stored.key, log.size());
    log.push_back(stored);
  }
  // After a power loss: only the first `size` are left.
  void cut(std::size_t size) {
    log.resize(size);
    by_key.clear();
    for (std::size_t i = 0; i < size; ++i) by_key.emplace(log[i].key, i);
  }
};

// A batch of random events: keys made, given, repeated, contradicting, backdated; `known` is where repeats come from.
Batch random_batch(Random& random, const Expected& known, std::int64_t now_ms);

// Applies a request's outcome to the model. Empty where outcome and model agree, otherwise what is wrong.
std::string account(const Request& request, Expected& expected);

// Holds everything that the log shows against the model, by every way of reading. Empty where they agree.
std::string compare(Log& log, const Expected& expected, Random& random);

}  // namespace laterbase::model
