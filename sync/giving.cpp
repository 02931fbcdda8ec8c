#include "sync/giving.h"

#include <algorithm>

#include "sync/lineage.h"

namespace laterbase::sync {
namespace {

constexpr int most_refusals = 3;

}  // namespace

void Giving::give(const std::vector<Ulid>& keys) {
  if (is_on_) given_.insert(given_.end(), keys.begin(), keys.end());
}

void Giving::adopt(const Head& head, const std::vector<Seen>& seen, const std::optional<Proof>& proof) {
  if (is_on_) claim_ = Claim{{{head.node, head.epoch, 0, {}}, head, false, {}, proof}, seen};
}

std::optional<Lc> Giving::standing(Snapshot& now) const {
  if (!view_.stands || refused_ >= most_refusals) return std::nullopt;
  return stand(now, *view_.stands).lc;
}

LogPart Giving::part(Snapshot& now, Lc after, const Window& window, const std::vector<Positions>& came) const {
  const auto* seen = gives_all_ ? nullptr : &view_.seen;
  return read_log(now, after, {seen, window != Window{}, window, came}, limits_, Budget(limits_, {}));
}

bool Giving::has_work(Snapshot& now, const Window& window, const std::vector<Positions>& came) {
  if (!is_on_) return false;
  if (given_at_ < given_.size() || claim_) return true;
  const auto after = standing(now);
  if (!after || *after == now.head()) return false;
  if (owes_claim_) return true;
  return (!until_ || *after < *until_) && has_news(now, window, came);
}

bool Giving::has_news(Snapshot& now, const Window& window, const std::vector<Positions>& came) const {
  const auto after = standing(now);
  if (!is_on_ || !after || *after == now.head()) return false;
  const LogPart rest = part(now, *after, window, came);
  return rest.more || !rest.empty();
}

void Giving::add_to(Message& message, Snapshot& now, const Window& window, const std::vector<Positions>& came,
                    bool bare_claims, bool is_proven) {
  if (!is_on_) return;
  if (given_at_ < given_.size() || claim_) return add_given(message, now, is_proven);
  add_log(message, now, window, came, bare_claims);
}

// The peer looks for itself where all that is wanted is in the message; else this side must have taken it first.
bool Giving::may_claim(const Message& message, bool is_proven) {
  if (!claim_) return false;
  const std::optional<Proof>& proof = claim_->delta.proof;
  if (!proof || proof->of.size() + (message.wants ? message.wants->size() : 0) == proof->sum.count) return true;
  if (message.wants) return false;
  if (is_proven)
    claim_->delta.proof.reset();
  else
    claim_.reset();
  return is_proven;
}

void Giving::add_given(Message& message, Snapshot& now, bool is_proven) {
  read_keys(now, given_, &given_at_, limits_, message.events);
  sent_ += message.events.size();
  if (given_at_ < given_.size()) return;
  given_.clear();
  given_at_ = 0;
  if (!may_claim(message, is_proven)) return;
  under_way_ = std::move(claim_);
  claim_.reset();
  message.delta = under_way_->delta;
  message.delta->held = view_.head;
  message.seen = under_way_->seen;
}

void Giving::add_log(Message& message, Snapshot& now, const Window& window, const std::vector<Positions>& came,
                     bool bare_claims) {
  const auto after = standing(now);
  if (!after || *after == now.head()) return;
  if (!until_) until_ = now.head();
  LogPart part = this->part(now, *after, window, came);
  owes_claim_ = part.empty() && !bare_claims;
  if (owes_claim_) return;
  const Head next = place_of(now, replica_.node(), part.next);
  under_way_ = Claim{{*view_.stands, next, part.more, {}, {}}, message.seen};
  message.delta = under_way_->delta;
  message.delta->held = view_.head;
  sent_ += part.events.size();
  message.events = std::move(part.events);
  if (!part.ids.empty()) announce(part.ids, message);
}

void Giving::take(const Message& asked, const Message& answer) {
  if (!asked.delta || !under_way_) return;
  const Claim claim = *under_way_;
  under_way_.reset();
  if (answer.lacks && !answer.lacks->empty()) {
    give(*answer.lacks);
    const auto& held = asked.delta->held;
    if (held && answer.from && goes_on(*held, *answer.from)) claim_ = claim;  // else it builds on another peer's words
    return;
  }
  if (!view_.stands || *view_.stands != claim.delta.next) ++refused_;
}

}  // namespace laterbase::sync
