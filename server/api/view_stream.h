#pragma once

#include <atomic>
#include <memory>

#include "server/http/reply.h"
#include "views/database.h"

namespace laterbase::api {

// A relation as server-sent events: the snapshot, then one message per commit that changes it. The subscriber is a
// cursor into the relation's history; who falls out of it gets a reset and a new snapshot.
// `subscription` has been subscribed; `count` is the number of live streams, one less when this one is gone.
class ViewStream : public http::LiveSource, public views::FeedListener {
 public:
  // `closes`: the relation is a tree that has been opened for this stream.
  ViewStream(std::shared_ptr<views::Database> database, std::string relation, std::atomic<std::uint64_t>& count,
             bool closes);
  ~ViewStream() override;

  views::Subscription& subscription() noexcept { return subscription_; }
  views::Outcome<void> begin();

  Step fill(std::string& out) override;
  void attach(http::Wakeup& wakeup) override;
  void detach() noexcept override;
  bool ready() override { return news_.load(); }
  void heartbeat(std::string& out) override { out += ": still here\n\n"; }
  void farewell(Why why, std::string& out) override;

 private:
  void feed_advanced() noexcept override;

  std::shared_ptr<views::Database> database_;
  views::Subscription subscription_;
  std::atomic<std::uint64_t>& count_;
  bool closes_;
  bool subscribed_ = false;
  bool begun_ = false;
  std::atomic<bool> news_{true};
  std::mutex mutex_;  // guards the next
  http::Wakeup* wakeup_ = nullptr;
};

}  // namespace laterbase::api
