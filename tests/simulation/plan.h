#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/random.h"
#include "engine/events/log.h"
#include "sync/cell.h"
#include "sync/limits.h"
#include "sync/message.h"

// What one seed's world is like: who talks to whom, how much goes wrong, which limits and hashes are cut.
namespace laterbase::simulation {

// One entry in `from`'s list of peers: `from` asks, `to` answers.
struct Link {
  std::size_t from = 0, to = 0;
  bool pull = true, push = true;
  bool ask_first = false;  // see sync::ExchangeOptions
  std::optional<sync::Window> window;
};

// Chances of one in so many; 0 is never.
struct Rates {
  std::uint64_t drop = 0, duplicate = 0, cut = 0, corrupt = 0, unknown_member = 0, lie = 0;
};

// Weights of what happens next, besides messages on their way.
struct Weights {
  std::uint64_t write = 20, exchange = 20, give_up = 2, tidy = 1;
  std::uint64_t power = 0, storage = 0, full = 0, restore = 0, clone = 0, wipe = 0, swap = 0, clock = 0, partition = 0;
};

struct Plan {
  std::size_t nodes = 2;
  std::vector<Link> links;
  std::size_t diameter = 1;
  bool json = false;
  std::uint64_t steps = 100;
  Rates rates;
  Weights weights;
  std::optional<std::size_t> liar;
  bool rare_limits = false;  // cut to what makes rare branches common
  sync::Limits limits;
  sync::SketchOptions sketch;
  std::size_t block_elements = 512;
  std::uint64_t keep_cells_above = 32'768;
  LogLimits log;
  // Whether both fingerprints are compared at an exchange's end, which finds what cursors hide. Without, nothing may be
  // hidden.
  bool net = true;
  bool contradictions = true;  // the same key with two values
};

struct PlanOptions {
  bool without_net = false;
  bool honest = false;    // no liar
  bool restores = false;  // more of them, of few nodes
};

Plan plan_of(Random& random, const PlanOptions& options);

}  // namespace laterbase::simulation
