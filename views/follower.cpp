#include "views/follower.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/base/error.h"

namespace laterbase::views {

Follower::Follower(Log log, Make make, CommitEnd commit_end)
    : log_(std::move(log)), make_(std::move(make)), commit_end_(std::move(commit_end)) {}

// Who stands at the head that was seen last needn't look further: a log that was cut and has grown to the same length
// is found out with its next entry.
bool Follower::can_go_on() {
  if (torn_) return false;
  Snapshot now = log_();
  if (now.head() == engine_->position() && now.epoch() == stand_.epoch) return true;
  torn_ = now.chain_at(engine_->position()) != stand_.chain;
  if (!torn_) stand_.epoch = now.epoch();
  return !torn_;
}

void Follower::begin_anew() {
  auto fresh = make_();
  Stand stand;
  {
    Snapshot now = log_();
    const auto chain = now.chain_at(fresh->position());
    if (!chain) throw Failure(FailureCode::closed, "the log has lost its last entries while it was read");
    stand = {now.epoch(), *chain};
  }
  take_in(*fresh, stand);
  fresh->finish_loading();
  if (engine_) fresh->take_followers_of(*engine_);
  engine_ = std::move(fresh);
  stand_ = stand;
  torn_ = false;
  ++lives_;
}

// What is noted is the hash of before the entries are read: where others have taken their place meanwhile, it is not
// the log's any more.
void Follower::take_in(Engine& engine, Stand& stand) {
  const Lc head = log_().head();
  while (engine.position() < head) {
    const Lc until = std::min(head, commit_end_(engine.position(), head));
    Stand next;
    {
      Snapshot now = log_();
      const auto chain = now.chain_at(until);
      if (!chain) throw Failure(FailureCode::closed, "the log has lost its last entries while it was read");
      next = {now.epoch(), *chain};
    }
    const Change change(*this);
    engine.follow(until);
    stand = next;
  }
}

void Follower::catch_up() { take_in(*engine_, stand_); }

Follower::Change::Change(Follower& follower) : follower_(follower), exceptions_(std::uncaught_exceptions()) {}

Follower::Change::~Change() {
  if (std::uncaught_exceptions() == exceptions_) return;
  follower_.torn_ = true;
  if (follower_.engine_) follower_.engine_->wake_all();
}

}  // namespace laterbase::views
