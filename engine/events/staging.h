#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/events/append.h"
#include "engine/events/entry.h"
#include "engine/events/snapshot.h"
#include "engine/events/tail.h"
#include "engine/events/wal.h"

// Turns batches into one frame of entries: gives keys, leaves out what is known, refuses what contradicts, and can take
// back all of it. The writer's own room: one thread.
namespace laterbase {

// Where the log stands, after the last entry that was staged.
struct LogPosition {
  Lc lc = 0;
  Hash128 chain;
  std::uint64_t sequence = 0;
  std::uint16_t origin = 0;
  std::optional<Ulid> greatest;  // key
  std::optional<Ulid> least;
};

class Staging {
 public:
  Staging(std::shared_ptr<ChunkPool> pool, std::uint64_t seed) : pool_(pool), arena_(std::move(pool)), keys_(seed) {}

  void start_at(const LogPosition& position);
  // Keys made from now on are greater.
  void raise_key_floor(const Ulid& key) { keys_.raise_floor(key); }
  const LogPosition& position() const noexcept { return position_; }

  // What the frame's look-ups need: the log before this group. Asked for only when a key may be known.
  using Before = std::function<Snapshot()>;
  // Stages the group and sets each request's result; gives the frame's bytes, empty where nothing is new.
  struct Frame {
    FrameInfo info;
    char* bytes = nullptr;
    std::size_t size = 0;
  };
  Frame stage(std::span<AppendRequest* const> group, std::int64_t now_ms, Lc durable, const Before& before);
  // The staged frame is written: gives it as a run. Or it could not be: everything is as before stage().
  std::shared_ptr<const TailRun> accept();
  void take_back();

 private:
  struct KeyHash {
    std::size_t operator()(const Ulid& key) const noexcept { return key.low * 0x9e3779b97f4a7c15ULL ^ key.high; }
  };
  void stage_request(AppendRequest& request);
  std::optional<AppendError> stage_event(const Batch& batch, std::size_t index, Appended& appended);
  Ulid key_of(const NewEvent& event);
  // The value that the log or this group holds for the key.
  std::optional<BytesView> value_of(const Ulid& key);
  void add(const Ulid& key, const NewEvent& event, BytesView value);
  void remember_staged();
  void roll_back_to(std::size_t entries, std::size_t bytes, const LogPosition& position);

  std::shared_ptr<ChunkPool> pool_;
  Arena arena_;
  UlidGenerator keys_;

  LogPosition position_;
  LogPosition before_;  // of the group
  std::int64_t now_ms_ = 0;
  char* frame_ = nullptr;
  std::size_t frame_bytes_ = 0;
  std::vector<const char*> entries_;
  const Before* source_ = nullptr;
  std::optional<Snapshot> snapshot_;
  // Keys staged in this group; filled from the first key that is not greater than all before, which is rare.
  boost::unordered_flat_map<Ulid, const char*, KeyHash> staged_;
  bool staged_in_use_ = false;
};

}  // namespace laterbase
