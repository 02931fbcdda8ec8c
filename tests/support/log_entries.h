#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/events/root.h"

// What a log holds, as one node of a test gives it to another.
namespace laterbase::tests {

struct LogEntry {
  Ulid key;
  std::string value;
  bool is_json = false;
};

// All events; what stands aside is left out.
inline std::vector<LogEntry> events_of(Root& root) {
  std::vector<LogEntry> events;
  Snapshot snapshot = root.snapshot();
  const auto scan = snapshot.log(0, snapshot.head());
  while (const auto event = scan->next())
    if (!event->aside) events.push_back({event->key, std::string(event->value), event->is_json});
  return events;
}

// As sync brings them.
inline void merge_into(Root& root, const std::vector<LogEntry>& events) {
  Batch batch;
  for (const LogEntry& entry : events) {
    NewEvent event;
    event.key = entry.key;
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(entry.value.size());
    event.is_json = entry.is_json;
    batch.payload += entry.value;
    batch.events.push_back(event);
  }
  if (!root.merge(std::move(batch))) throw std::runtime_error("the batch was not taken");
}

}  // namespace laterbase::tests
