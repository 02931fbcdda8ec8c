#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
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

// The node that all tests' logs but a cluster's are on.
constexpr Ulid kNode{1, 1};

struct Stored {
  Ulid key;
  std::string value;
  bool is_json = false;
  bool aside = false, waiting = false, relayed = false;
  Lc replaces = 0;
  Origin origin;
};

// What a correct log shows, position by position.
struct Expected {
  std::vector<Stored> log;
  std::map<Ulid, std::size_t> by_key;              // the map: → place in `log`
  std::map<AsidePlace, AsideReason> aside;         // what is listed beside it
  std::map<Ulid, std::vector<AsidePlace>> beside;  // the same by key
  std::set<Lc> forgotten;                          // waited, and were found settled
  std::size_t durable = 0;                         // so many must survive a power loss
  std::uint64_t sequence = 0;                      // of the last own event
  std::int64_t max_future_ms = LogLimits{}.max_future_ms;
  std::vector<OwnEpoch> epochs;  // their `last` is not kept

  const Ulid& epoch() const { return epochs.back().epoch; }
  void begin_epoch(const Ulid& epoch);
  void add(const Stored& stored);
  // After a power loss: only the first `size` are left.
  void cut(std::size_t size);

  const Stored* find(const Ulid& key) const;
  // Whether one more loser (or one more that waits) of that key and value would be left out.
  bool is_listed(const Ulid& key, const std::string& value, AsideReason reason) const;
  void forget(const AsidePlace& place);
};

// A batch of random events: keys made, given, repeated, contradicting, backdated; `known` is where repeats come from.
// A merge batch contradicts more often, names origins, and reaches ahead of the clock.
Batch random_batch(Random& random, const Expected& known, std::int64_t now_ms);
Batch random_merge(Random& random, const Expected& known, std::int64_t now_ms);

// Applies a request's outcome to the model. Empty where outcome and model agree, otherwise what is wrong.
std::string account(const Request& request, Expected& expected, std::int64_t now_ms);

// Asks the log for what is due and holds it against the model; the batch is to be applied by the caller. Empty `wrong`
// where they agree.
struct DueAnswer {
  std::string wrong;
  Batch batch;
};
DueAnswer ask_for_due(Log& log, Expected& expected, std::int64_t now_ms);

// Holds everything that the log shows against the model, by every way of reading. Empty where they agree.
std::string compare(Log& log, const Expected& expected, Random& random);

}  // namespace laterbase::model
