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

// The log's map has that key.
inline void widen(LogPosition& position, const Ulid& key) {
  if (!position.greatest || *position.greatest < key) position.greatest = key;
  if (!position.least || key < *position.least) position.least = key;
}

class Staging {
 public:
  Staging(std::shared_ptr<ChunkPool> pool, std::uint64_t seed) : pool_(pool), arena_(std::move(pool)), keys_(seed) {}

  // What gives the numbers of the origins that merge batches name.
  void use(const OriginBook& origins) { origins_ = &origins; }
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
  struct Moment {
    std::int64_t now_ms = 0;
    std::int64_t due_until_ms = 0;  // what a merge brings of a later valid time waits aside
    Lc durable = 0;
  };
  Frame stage(std::span<AppendRequest* const> group, const Moment& moment, const Before& before);
  // The staged frame is written: gives it as a run. Or it could not be: everything is as before stage().
  std::shared_ptr<const TailRun> accept();
  // The least of the keys that the last frame has put aside to wait.
  const std::optional<Ulid>& least_waiting() const noexcept { return least_waiting_; }
  void take_back();

 private:
  struct KeyHash {
    std::size_t operator()(const Ulid& key) const noexcept { return key.low * 0x9e3779b97f4a7c15ULL ^ key.high; }
  };
  void forget_staged();
  void stage_request(AppendRequest& request);
  std::optional<AppendError> stage_event(const Batch& batch, std::size_t index, Appended& appended);
  Ulid key_of(const NewEvent& event);
  // What the map holds for the key, with this group in it.
  struct Present {
    Lc lc;
    BytesView value;
  };
  std::optional<Present> find(const Ulid& key);
  std::optional<Present> find_if_old(const Ulid& key);
  Snapshot& before_group();
  Entry entry_of(const Ulid& key, const NewEvent& event, BytesView value, bool merge) const;
  void name_origin(Entry& entry, const std::optional<Origin>& origin) const;
  void stage_contradiction(Entry& entry, const Present& present, Appended& appended);
  void stage_waiting(Entry& entry, Appended& appended);
  void put_aside(Entry& entry, Appended& appended);
  // Whether that value of the key stands aside already for that reason, or as many do as may.
  bool is_listed(const Ulid& key, BytesView value, AsideReason reason);
  void add(Entry& entry);  // gives it its position
  void remember_staged();
  void remember(const char* bytes, Lc lc);
  void roll_back_to(std::size_t entries, std::size_t bytes, const LogPosition& position);

  std::shared_ptr<ChunkPool> pool_;
  Arena arena_;
  UlidGenerator keys_;

  LogPosition position_;
  LogPosition before_;  // of the group
  Moment moment_;
  const OriginBook* origins_ = nullptr;
  std::optional<Ulid> least_waiting_;
  char* frame_ = nullptr;
  std::size_t frame_bytes_ = 0;
  std::vector<const char*> entries_;
  const Before* source_ = nullptr;
  std::optional<Snapshot> snapshot_;
  // Keys staged in this group, and what it put aside; filled from the first key that is not greater than all before,
  // which is rare.
  struct StagedAside {
    BytesView value;
    AsideReason reason;
  };
  boost::unordered_flat_map<Ulid, Lc, KeyHash> staged_;
  boost::unordered_flat_map<Ulid, std::vector<StagedAside>, KeyHash> staged_asides_;
  bool staged_in_use_ = false;
};

}  // namespace laterbase
