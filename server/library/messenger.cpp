#include "server/library/messenger.h"

#include <algorithm>
#include <deque>

#include "engine/base/log.h"

namespace laterbase::library {
namespace {

constexpr std::size_t most_commits = 4'096;

Change change_of(const views::LiveMessage& message) {
  Change change;
  change.kind = static_cast<Change::Kind>(message.kind);
  change.lc = message.lc;
  if (message.kind == views::LiveMessage::Kind::error)
    change.data = message.data;
  else
    change.data = nlohmann::json::parse(message.data);
  return change;
}

}  // namespace

class Messenger::Follower {
 public:
  virtual ~Follower() = default;
  // Calls the function with what is new. False where nothing more will come.
  virtual bool call() = 0;
  std::atomic<bool> ended{false};
};

class Messenger::CommitFollower : public Follower, private LogListener {
 public:
  CommitFollower(Messenger& messenger, std::shared_ptr<Root> root, std::function<void(const Commit&)> follow)
      : messenger_(messenger), root_(std::move(root)), follow_(std::move(follow)), at_(root_->head()) {
    root_->listen(*this);
  }
  ~CommitFollower() override { root_->unlisten(*this); }

  bool call() override {
    for (;;) {
      Commit commit{root_->name(), at_, 0};
      {
        const std::lock_guard lock(mutex_);
        if (commits_.empty()) return true;
        commit.lc = commits_.front();
        commits_.pop_front();
      }
      if (commit.lc <= at_) continue;
      at_ = commit.lc;
      follow_(commit);
    }
  }

 private:
  void log_advanced(Lc head) noexcept override {
    try {
      const std::lock_guard lock(mutex_);
      if (commits_.size() >= most_commits) commits_.pop_back();
      commits_.push_back(head);
    } catch (const std::exception&) {
      // The next commit tells of this one too.
    }
    messenger_.wake();
  }

  Messenger& messenger_;
  std::shared_ptr<Root> root_;
  std::function<void(const Commit&)> follow_;
  Lc at_;
  std::mutex mutex_;
  std::deque<Lc> commits_;
};

class Messenger::RelationFollower : public Follower, private views::FeedListener {
 public:
  RelationFollower(Messenger& messenger, std::shared_ptr<views::Database> database, const std::string& relation,
                   std::function<void(const Change&)> changed)
      : messenger_(messenger),
        database_(std::move(database)),
        subscription_(relation, *this),
        changed_(std::move(changed)) {}
  ~RelationFollower() override {
    if (subscribed_) database_->unsubscribe(subscription_);
  }

  views::Outcome<void> begin() {
    auto begun = database_->subscribe(subscription_);
    subscribed_ = begun.has_value();
    return begun;
  }

  bool call() override {
    if (!news_.exchange(false)) return true;
    std::vector<views::LiveMessage> messages;
    const bool more = database_->poll(subscription_, messages);
    for (const views::LiveMessage& message : messages) changed_(change_of(message));
    if (!messages.empty()) news_ = true;  // there may be more than one poll gives
    if (news_) messenger_.wake();
    return more;
  }

 private:
  void feed_advanced() noexcept override {
    news_ = true;
    messenger_.wake();
  }

  Messenger& messenger_;
  std::shared_ptr<views::Database> database_;
  views::Subscription subscription_;
  std::function<void(const Change&)> changed_;
  bool subscribed_ = false;
  std::atomic<bool> news_{true};
};

Messenger::Messenger() : thread_([this] { work(); }) {}

Messenger::~Messenger() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_all();
  thread_.join();
  followers_.clear();
}

void Messenger::wake() noexcept {
  const std::lock_guard lock(mutex_);
  has_news_ = true;
  news_.notify_one();
}

Following Messenger::add(std::shared_ptr<Follower> follower) {
  std::weak_ptr<Follower> weak = follower;
  {
    const std::lock_guard lock(mutex_);
    followers_.push_back(std::move(follower));
  }
  wake();
  return Following([this, weak] {
    const auto gone = weak.lock();
    if (!gone) return;
    std::unique_lock lock(mutex_);
    gone->ended = true;
    called_.wait(lock, [&] { return calling_ != gone.get() || std::this_thread::get_id() == thread_.get_id(); });
    followers_.remove(gone);
  });
}

void Messenger::follow_commits(std::shared_ptr<Root> root, std::function<void(const Commit&)> follow) {
  auto follower = std::make_shared<CommitFollower>(*this, std::move(root), std::move(follow));
  const std::lock_guard lock(mutex_);
  followers_.push_back(std::move(follower));
}

views::Outcome<Following> Messenger::follow_relation(std::shared_ptr<views::Database> database,
                                                     const std::string& relation,
                                                     std::function<void(const Change&)> changed) {
  auto follower = std::make_shared<RelationFollower>(*this, std::move(database), relation, std::move(changed));
  if (const auto begun = follower->begin(); !begun) return begun.error();
  return add(std::move(follower));
}

bool Messenger::call(Follower& follower) {
  try {
    return follower.call();
  } catch (const std::exception& trouble) {
    log::error("a function that follows a database threw", {{"reason", trouble.what()}});
  } catch (...) {
    log::error("a function that follows a database threw", {});
  }
  return true;
}

void Messenger::work() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    news_.wait(lock, [this] { return has_news_ || ending_; });
    has_news_ = false;
    auto all = followers_;
    for (const auto& follower : all) {
      if (ending_ || follower->ended) continue;
      calling_ = follower.get();
      lock.unlock();
      const bool more = call(*follower);
      lock.lock();
      calling_ = nullptr;
      called_.notify_all();
      if (!more) followers_.remove(follower);
    }
    lock.unlock();
    all.clear();  // what has ended tells its database, which may be telling us
    lock.lock();
  }
}

}  // namespace laterbase::library
