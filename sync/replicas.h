#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/events/roots.h"
#include "sync/root_replica.h"

namespace laterbase::sync {

// The replicas of a node's open roots, one each, so that conversations of one database share its index. What nobody
// used for a while is let go, and then its root can be closed.
//
// Threads: any. Errors: those of Roots::find().
class Replicas {
 public:
  Replicas(Roots& roots, Clock& clock) : roots_(roots), clock_(clock) {}
  ~Replicas() { close(); }
  Replicas(const Replicas&) = delete;
  Replicas& operator=(const Replicas&) = delete;

  Result<std::shared_ptr<RootReplica>> find(std::string_view database);
  // The one that is in use already; never opens anything.
  std::shared_ptr<RootReplica> peek(std::string_view database);

  // Called about once a second. May write to the disk.
  void tidy();
  // Before the roots close.
  void close();

 private:
  struct Held {
    std::shared_ptr<RootReplica> replica;
    std::int64_t used_us = 0;
  };
  void let_go(std::int64_t unused_since_us, std::size_t most);

  Roots& roots_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Held, std::less<>> held_;
};

}  // namespace laterbase::sync
