#pragma once

#include <functional>

#include "bench/support/report.h"

// One function a question; each starts what it needs, asks in turns, and gives its rows to the sink as they are known.
namespace laterbase::bench {

struct Plan {
  double seconds = 2;          // of one turn
  int turns = 3;               // of subject and baseline
  std::size_t batches = 1000;  // of 1,000 events, where the size of the database matters
};

using Sink = std::function<void(const Row&)>;

// Durable batches on one connection and on four, beside LMDB.
void measure_ingest(const Plan& plan, const Sink& sink);

// Durable single events, beside a bare Beast server, one connection, Redis and etcd.
void measure_singles(const Plan& plan, const Sink& sink);

// Keys in random order, beside LMDB.
void measure_backdated(const Plan& plan, const Sink& sink);

// A database of plan.batches × 1,000 events: feed, range, point reads, bytes on disk, resident memory.
void measure_large(const Plan& plan, const Sink& sink);

}  // namespace laterbase::bench
