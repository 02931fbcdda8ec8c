#pragma once

#include <optional>
#include <vector>

#include "sync/limits.h"
#include "sync/log_part.h"
#include "sync/message.h"
#include "sync/peer_view.h"
#include "sync/replica.h"

// The asking side's giving half: parts of the own log behind the peer's cursor into it, and events by key. The peer
// moves its cursor itself, once what a delta covers is durable there.
namespace laterbase::sync {

class Giving {
 public:
  Giving(Replica& replica, PeerView& view, const Limits& limits, bool is_on)
      : replica_(replica), view_(view), limits_(limits), is_on_(is_on) {}

  bool is_on() const noexcept { return is_on_; }
  // Where the peer stands in this log; nothing where it stands nowhere.
  std::optional<Lc> standing(Snapshot& now) const;
  // Something is to be sent in this exchange: of the log what was there when it began to be sent. Else two nodes that
  // are written to would never come to an end, in ever smaller messages.
  bool has_work(Snapshot& now, const Window& window, const std::vector<Positions>& came);
  // Something in the log has not been sent.
  bool has_news(Snapshot& now, const Window& window, const std::vector<Positions>& came) const;

  void give(const std::vector<Ulid>& keys);
  // From the log's start, with all that the peer says to have seen.
  void give_all() noexcept { gives_all_ = true; }
  // Once all that is given has been sent: from then on the peer holds what this log held at `head`.
  void adopt(const Head& head, const std::vector<Seen>& seen, const std::optional<Proof>& proof);

  // The message's `seen` is of the same moment as `now`. Without `bare_claims` the log's next part is left for later
  // where the peer has all that is in it. `is_proven`: what a sketch showed has turned out to be all.
  void add_to(Message& message, Snapshot& now, const Window& window, const std::vector<Positions>& came,
              bool bare_claims, bool is_proven);
  void take(const Message& asked, const Message& answer);

  std::uint64_t sent() const noexcept { return sent_; }

 private:
  void add_given(Message& message, Snapshot& now, bool is_proven);
  bool may_claim(const Message& message, bool is_proven);
  void add_log(Message& message, Snapshot& now, const Window& window, const std::vector<Positions>& came,
               bool bare_claims);
  LogPart part(Snapshot& now, Lc after, const Window& window, const std::vector<Positions>& came) const;

  struct Claim {
    Delta delta;
    std::vector<Seen> seen;  // held at delta.next
  };

  Replica& replica_;
  PeerView& view_;
  const Limits& limits_;
  bool is_on_;
  std::vector<Ulid> given_;
  std::size_t given_at_ = 0;
  std::optional<Claim> claim_;  // goes with the last of what is given
  std::optional<Claim> under_way_;
  int refused_ = 0;
  bool gives_all_ = false;
  std::optional<Lc> until_;  // of the log, in this exchange
  bool owes_claim_ = false;  // that the peer has all up to here, which was left for later
  std::uint64_t sent_ = 0;
};

}  // namespace laterbase::sync
