#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "engine/events/event.h"

// What goes into a root's commit queue, and what comes out.
namespace laterbase {

enum class Durability {
  strong,   // answered once it outlives a power loss
  relaxed,  // answered once it is visible and outlives the process; durable within relaxed_flush_ms
};

// One event to be written: a slice of the batch's payload. With neither key nor time the root makes a key of now.
struct NewEvent {
  std::optional<Ulid> key;
  std::optional<std::int64_t> at_ms;  // valid time for a key that the root makes
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  bool is_json = false;  // whether the caller has found the slice to be one JSON text
  // In a merge batch: in whose log it was first. Without it, the event counts as this log's own, and as `relayed`.
  std::optional<Origin> origin;
};

// All or nothing.
//
// A merge batch brings what a peer has, so nothing in it can be refused for what the log holds: of two values of a key
// the winner is in the map and the other aside (event.h, conflict.h), and an event whose valid time is too far ahead
// waits aside until it is due. Only an event over the size limit refuses the batch.
struct Batch {
  std::string payload;
  std::vector<NewEvent> events;
  Durability durability = Durability::strong;
  bool merge = false;
};

struct Appended {
  Ulid epoch;
  Lc lc = 0;                 // the log's head once the batch was in it
  std::vector<Ulid> keys;    // one an event, in the batch's order
  std::uint64_t stored = 0;  // new in the map, or with a value that won
  std::uint64_t known = 0;   // were there already, with the same value; or dropped, see kMostAside
  std::uint64_t aside = 0;   // of a merge batch: lost, or wait
};

// Why nothing of a batch was written.
struct AppendError {
  std::variant<ErrorCode, FailureCode> code;
  std::string detail;
  std::optional<std::size_t> index;  // the event of the batch that it is about
  std::optional<Ulid> key;
};

using AppendResult = boost::system::result<Appended, AppendError>;

[[noreturn]] void throw_exception_from_error(const AppendError& error, const boost::source_location& location);

// A batch on its way through the queue. The caller owns it and keeps it alive until completed() has been called, which
// happens exactly once for each submit() that was taken, on the writer's thread: it must be quick, may not throw and
// may not call the root. `result` is set by then; `batch` may be used again.
class AppendRequest {
 public:
  virtual ~AppendRequest() = default;
  virtual void completed() noexcept = 0;

  Batch batch;
  AppendResult result = AppendError{ErrorCode::unavailable, "not written yet", {}, {}};

 private:
  friend class CommitQueue;
  AppendRequest* next_ = nullptr;
};

}  // namespace laterbase
