#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/events/append.h"
#include "engine/events/snapshot.h"
#include "sync/index.h"

// What a conversation needs of one root, so that it runs over a daemon's Root as over a simulation's Log.
//
// Threads: any, one conversation each. Errors: Failure where the machine fails.
namespace laterbase::sync {

class Replica {
 public:
  virtual ~Replica() = default;

  virtual const std::string& name() const noexcept = 0;
  virtual Ulid node() const noexcept = 0;
  virtual Snapshot snapshot() = 0;

  // Returns once the events are durable.
  virtual AppendResult merge(Batch batch) = 0;
  // Before the next write.
  virtual void begin_new_epoch() = 0;

  // Small values that never outlive an event that was there when they were made (engine/events/notes.h). Where there is
  // no room for one more it is not kept: a cursor that is missing costs a reconciliation, no event.
  virtual void remember(const std::string& key, std::string value) = 0;
  virtual std::optional<std::string> recall(const std::string& key) = 0;
  virtual void forget(const std::string& key) = 0;
  virtual std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) = 0;

  // Runs `work` with the index at exactly the snapshot that it is given; nobody else uses the index meanwhile. Gives
  // the snapshot back for more reading.
  using IndexWork = std::function<void(Index& index, Snapshot& now)>;
  virtual Snapshot with_index(const IndexWork& work) = 0;
};

}  // namespace laterbase::sync
