#include "sync/exchange.h"

#include "sync/lineage.h"
#include "sync/memory.h"

namespace laterbase::sync {
namespace {

// So many exchanges may go by without a moment at which both sets could be compared; then they are reconciled as they
// are, which finds what the cursors hide: damage, clones, vectors that lie.
constexpr int most_unchecked = 32;

}  // namespace

Exchange::Exchange(Replica& replica, PeerView& view, ExchangeOptions options)
    : replica_(replica),
      view_(view),
      options_(std::move(options)),
      taking_(replica, window(), options_.limits, options_.pull),
      giving_(replica, view, options_.limits, options_.push),
      comparing_(replica, options_.window, options_.limits, taking_, giving_) {}

std::optional<Message> Exchange::next() {
  auto message = opened_ ? go_on() : open();
  if (!message) return std::nullopt;
  opened_ = true;
  asked_ = *message;
  return message;
}

Message Exchange::open() {
  if (!view_.node) view_.node = known_node(replica_, options_.peer);
  std::optional<Head> cursor;
  if (view_.node) cursor = cursor_into(replica_, *view_.node, view_.head ? view_.head->epoch : Ulid{}, window());
  taking_.follow(cursor.value_or(Head{}));
  const bool lost = (options_.pull && !cursor) || (options_.push && !view_.stands);
  return compose(lost);
}

Message Exchange::compose(bool with_summary) {
  Message message;
  message.window = options_.window;
  if (with_summary) ++summaries_;
  const bool reconciling = with_summary && opened_;
  if (!reconciling) taking_.add_to(message);
  auto joined = joined_seen(replica_);
  Snapshot now = replica_.with_index([&](Index& index, Snapshot& at) {
    message.from = head_of(at, replica_.node());
    message.seen = seen_by(std::move(joined), at, options_.limits.seen);
    if (with_summary)
      comparing_.begin(message, index, at);
    else
      comparing_.add_to(message, index, at);
  });
  // What both send from their logs' starts is not to be filtered by vectors, which may be what has gone wrong.
  if (comparing_.mode() == Mode::log && taking_.has_work()) message.seen.clear();
  if (opened_ && !message.cursor) message.next = view_.head;
  const bool only_asks = options_.ask_first && !opened_;
  if (!reconciling && !only_asks)
    giving_.add_to(message, now, window(), taking_.came(), !taking_.is_midway(), taking_.is_proven());
  return message;
}

std::optional<Message> Exchange::go_on() {
  comparing_.close_if_done();
  Snapshot now = replica_.snapshot();
  if (taking_.has_work() || comparing_.has_work() || giving_.has_work(now, window(), taking_.came()))
    return compose(false);
  if (is_lost(now)) return compose(true);
  return check_equal();
}

// A cursor that was kept has turned out to stand nowhere. Once an exchange: what a summary does not mend is left to the
// next one. One that went with a cursor that stood was answered by the log: it has mended nothing of the other side's.
// And what cells showed may not have been all.
bool Exchange::is_lost(Snapshot& now) {
  const int most = comparing_.mode() == Mode::cursor || comparing_.mode() == Mode::cells ? 2 : 1;
  if (summaries_ >= most) return false;
  return (options_.pull && !taking_.cursor()) || (options_.push && !giving_.standing(now));
}

// Nothing is left to say: are the two sets the same? Only where neither has gone on meanwhile can that be known.
std::optional<Message> Exchange::check_equal() {
  if (!options_.pull || !options_.push || !theirs_ || checked_) return std::nullopt;
  checked_ = true;
  Fingerprint mine;
  Snapshot now = replica_.with_index([&](Index& index, Snapshot& at) { mine = index.range(at, window()); });
  equal_ = mine == *theirs_;
  if (equal_) {
    view_.unchecked = 0;
    return std::nullopt;
  }
  const bool quiet = view_.head && taking_.cursor() && taking_.cursor()->epoch == view_.head->epoch &&
                     taking_.cursor()->lc == view_.head->lc && !giving_.has_news(now, window(), taking_.came());
  const bool due = quiet || comparing_.used() ? quiet : ++view_.unchecked >= most_unchecked;
  if (!due || reconciles_in_vain(mine)) return std::nullopt;
  view_.unchecked = 0;
  reconciled_ = {mine, *theirs_};
  checked_ = false;
  return compose(true);
}

// Only what has been tried to the end is in vain; an exchange that was cut off before says nothing.
bool Exchange::reconciles_in_vain(const Fingerprint& mine) {
  const std::pair now{mine, *theirs_};
  if (reconciled_ == now) view_.fruitless = now;
  return view_.fruitless == now;
}

Result<void> Exchange::take(const Message& answer) {
  ++messages_;
  if (!answer.from) return Error{ErrorCode::invalid, "the answer does not say whom it is from"};
  Snapshot now = replica_.snapshot();
  if (has_outlived(now, replica_.node(), answer))
    replica_.begin_new_epoch();
  else if (answer.from->node == replica_.node() && answer.from->epoch == now.epoch())
    return Error{ErrorCode::invalid, "the peer is this very node"};
  if (messages_ > 1 && !goes_on(*view_.head, *answer.from))
    return Error{ErrorCode::invalid, "the peer is not the one that it was at the exchange's beginning"};
  // All of one moment, whatever happens below.
  view_.node = answer.from->node;
  view_.head = answer.from;
  view_.stands = answer.cursor;
  view_.seen = answer.seen;
  theirs_ = answer.summary ? std::optional(answer.summary->whole) : std::nullopt;
  if (!options_.peer.empty()) keep_node(replica_, options_.peer, *view_.node);
  if (auto taken = taking_.take(asked_, answer); !taken) return taken;
  giving_.take(asked_, answer);
  return comparing_.take(asked_, answer);
}

std::optional<Message> Exchange::foresee(const Message& answer) const {
  const bool in_long_log = asked_.cursor && answer.verdict == Verdict::valid && answer.delta && answer.delta->more;
  if (!in_long_log || asked_.summary || answer.ids) return std::nullopt;
  Message next;
  next.from = asked_.from;
  next.window = asked_.window;
  next.seen = asked_.seen;
  next.cursor = answer.delta->next;
  return next;
}

// This log may have grown between the two.
bool Exchange::is_answered_by(const Message& message, const Message& foreseen) {
  if (!message.from || !foreseen.from || !goes_on(*foreseen.from, *message.from)) return false;
  Message as_foreseen = message;
  as_foreseen.from = foreseen.from;
  return as_foreseen == foreseen;
}

Outcome Exchange::outcome() const {
  Outcome outcome;
  outcome.sent = giving_.sent();
  outcome.received = taking_.received();
  outcome.messages = messages_;
  outcome.mode = comparing_.mode();
  outcome.equal = equal_;
  return outcome;
}

}  // namespace laterbase::sync
