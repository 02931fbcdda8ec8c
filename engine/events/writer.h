#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/workers.h"
#include "engine/events/commit_queue.h"
#include "engine/events/log.h"
#include "engine/events/root.h"

// Group commit: batches wait in the queue, the writer takes all that wait into one frame and one fdatasync; the tail
// goes to the tree behind it, in another thread. Both are jobs of the workers and run only while there is something to
// do.
//
//   submit → queue → drain: apply → sync → publish → completed()
//                            └ tail full: seal → persist: write_tree
//
// Threads: any. Lifetime: jobs hold `keep_alive`.
namespace laterbase {

class Writer {
 public:
  // A log that recovers anew from its files, after a failed sync.
  using OpenLog = std::function<std::shared_ptr<Log>()>;
  struct Parts {
    Workers& workers;
    Clock& clock;
    RootOptions options;
    OpenLog open_log;
    std::function<std::uint64_t()> free_bytes;  // on the root's disk
    std::function<void(Lc)> on_publish;
  };
  Writer(Parts parts, RootCounters& counters);

  std::shared_ptr<Log> log() const;
  boost::system::result<void, AppendError> submit(AppendRequest& request, const std::weak_ptr<void>& keep_alive);

  // Everything visible now is in the tree when this returns. Throws Failure.
  void flush();
  // The log goes on under a new epoch. Throws Failure.
  void begin_new_epoch();
  // Refuses from now on, finishes what was taken, flushes, and takes the write-ahead files away. Throws Failure where
  // the tree could not be written; the write-ahead files then stay.
  void close();
  // The same without keeping anything.
  void abandon();

  std::string health() const;

 private:
  struct Group {
    std::vector<AppendRequest*> requests;
    std::uint64_t bytes = 0;
    bool strong = false;
  };

  void schedule(std::shared_ptr<void> keep_alive);
  void drain(const std::shared_ptr<void>& keep_alive);
  bool drain_once(const std::shared_ptr<void>& keep_alive);
  bool wait_while_relaxed();
  void write(Group& group, const std::shared_ptr<void>& keep_alive);
  void commit(Log& log, const Group& group);
  void sync(Log& log);
  void make_room(Log& log, const std::shared_ptr<void>& keep_alive);
  void wait_for_tree(std::unique_lock<std::mutex>& lock, const Log& log);
  void check_free_space();
  void reopen_if_failed();
  void persist();
  void seal_all();
  void throw_tree_failure() const;
  void stop();
  static void refuse(const Group& group, const AppendError& error);
  void finish(const Group& group);
  bool relaxed_is_due() const;

  Parts parts_;
  RootCounters& counters_;
  CommitQueue queue_;
  std::atomic<bool> scheduled_{false};
  std::atomic<bool> sleeping_{false};  // drain waits for the relaxed flush
  std::atomic<bool> closed_{false};
  std::atomic<int> submitting_{0};

  // Held by whoever does the writer's half of the log: drain, a group at a time, or flush. Guards the next three.
  std::mutex writer_mutex_;
  std::int64_t relaxed_since_us_ = 0;  // when the oldest frame that is not synced was written
  std::int64_t space_checked_us_ = 0;
  std::int64_t reopened_us_ = 0;
  // Held by whoever does the persister's half.
  std::mutex persist_mutex_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::shared_ptr<Log> log_;
  std::string failed_;  // why writes are refused until the log is opened again
  std::optional<Failure> tree_failure_;
  std::int64_t tree_tried_us_ = 0;
  bool persisting_ = false;
};

}  // namespace laterbase
