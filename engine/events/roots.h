#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/events/root.h"

// All roots of one data directory. Environments are opened on demand and closed when idle: the least recently used go
// first once more than `max_open` are open.
//
// Threads: any. Lifetime: outlives the shared_ptrs it gave out; a root that is held is not closed.
// Errors: Failure where a root can't be opened (damaged, disk_full, io); other roots go on.
namespace laterbase {

struct RootsOptions {
  RootOptions root;
  std::size_t max_open = 256;
  std::int64_t idle_close_ms = 60'000;
};

class Roots {
 public:
  virtual ~Roots() = default;

  virtual Ulid node() const noexcept = 0;
  virtual std::vector<std::string> names() = 0;  // sorted
  // ErrorCode::not_found where there is none; unavailable where max_open roots are all in use.
  virtual Result<std::shared_ptr<Root>> find(std::string_view name) = 0;
  // Whether find() needn't open anything: the root is open, or there is none.
  virtual bool answers_at_once(std::string_view name) = 0;
  struct Created {
    std::shared_ptr<Root> root;
    bool is_new = false;
  };
  virtual Result<Created> create(std::string_view name) = 0;
  // Removes this node's replica with its files. Those who hold the root get Failure::closed from then on.
  virtual Result<void> drop(std::string_view name) = 0;
  // New limits for roots opened from now on.
  virtual void set_options(const RootsOptions& options) = 0;
  // Closes what has been idle, and scrubs a bit of one open root; called by whoever has a timer, about once a second.
  // Returns at once, the work is done elsewhere.
  virtual void tidy() = 0;
  // The open ones, for metrics and health.
  virtual std::vector<std::shared_ptr<Root>> open_roots() = 0;
  // Flushes and closes everything. Nothing may be submitted afterwards.
  virtual void close() = 0;
  // By drop(), and not created since: remembered over restarts.
  virtual bool was_dropped(std::string_view name) = 0;
};

// Opens the data directory, making it where it is missing. Throws Failure where another process has it (with that in
// words), or the file system is of a kind that LMDB corrupts on.
std::unique_ptr<Roots> open_roots(const std::string& directory, const RootsOptions& options, Clock& clock);

// [a-z][a-z0-9_-]{0,62} and none of the reserved words of the HTTP contract.
bool valid_root_name(std::string_view name) noexcept;

}  // namespace laterbase
