#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/library/root_handle.h"
#include "views/database.h"

// Calls the functions of those who follow commits or relations, on one thread of its own, so that no writer waits for
// them. Who throws is told of in the log, and goes on being called.
//
// Threads: any. Lifetime: within the node's; the destructor ends all.
namespace laterbase::library {

class Messenger {
 public:
  Messenger();
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  void follow_commits(std::shared_ptr<Root> root, std::function<void(const Commit&)> follow);
  // Errors: what subscribing says. The Following must not outlive the messenger.
  views::Outcome<Following> follow_relation(std::shared_ptr<views::Database> database, const std::string& relation,
                                            std::function<void(const Change&)> changed);

 private:
  class Follower;
  class CommitFollower;
  class RelationFollower;

  Following add(std::shared_ptr<Follower> follower);
  void wake() noexcept;
  void work();
  static bool call(Follower& follower);

  std::mutex mutex_;
  std::condition_variable news_, called_;
  std::list<std::shared_ptr<Follower>> followers_;
  const Follower* calling_ = nullptr;
  bool has_news_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace laterbase::library
