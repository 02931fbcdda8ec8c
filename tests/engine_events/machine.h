#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/engine_events/model.h"

namespace laterbase::model {

// One event as a test says it.
struct Said {
  std::optional<Ulid> key;
  std::string value;
  std::optional<Origin> origin;
};

inline Batch batch_of(const std::vector<Said>& events) {
  Batch batch;
  for (const Said& said : events) {
    NewEvent event;
    event.key = said.key;
    event.origin = said.origin;
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(said.value.size());
    batch.payload += said.value;
    batch.events.push_back(event);
  }
  return batch;
}

// A log on its own simulated machine, for tests that say what happens step by step.
struct PlainMachine {
  explicit PlainMachine(const Ulid& node_id = {1, 1}) : node(node_id) {
    disk->make_directories("/root");
    disk->sync_directory("/");
    restart();
  }

  // The process dies and comes back.
  void restart() {
    log.reset();
    const LogPlace place{storage.get(), disk.get(), "/root", node, Hash128{node.high, node.low}, boot};
    log = std::make_unique<Log>(place, limits, clock, ++seed);
  }

  AppendResult apply(Batch batch) {
    Request request;
    request.batch = std::move(batch);
    AppendRequest* group[] = {&request};
    if (auto refused = log->refusal(request.batch)) return *refused;
    log->apply(group);
    log->sync();
    log->publish();
    return request.result;
  }
  AppendResult write(const std::vector<Said>& events, bool merge) {
    Batch batch = batch_of(events);
    batch.merge = merge;
    return apply(std::move(batch));
  }
  Appended merge(const std::vector<Said>& events) { return write(events, true).value(); }

  Ulid node;
  TestClock clock;
  std::unique_ptr<MemoryDisk> disk = make_memory_disk();
  std::unique_ptr<Storage> storage = open_memory_storage(tree_tables().size());
  LogLimits limits;
  std::uint64_t boot = 1;
  std::uint64_t seed = 0;
  std::unique_ptr<Log> log;
};

}  // namespace laterbase::model
