#pragma once

#include <optional>
#include <string>

#include "engine/base/error.h"
#include "sync/comparing.h"
#include "sync/giving.h"
#include "sync/limits.h"
#include "sync/message.h"
#include "sync/peer_view.h"
#include "sync/replica.h"
#include "sync/taking.h"

// The asking side: a conversation that leaves both replicas with the same events, as a state machine without a network.
//
//   while (auto message = exchange.next()) exchange.take(what the peer answers to *message);
//
// Where cursors stand, one round trip brings what is new on either side, and a second one what has to be asked for.
// Where they don't, the summary goes along in the first message, and two round trips are enough as well. A conversation
// that is cut anywhere has kept all that it took in, and the next one goes on from there.
//
// Threads: one. Errors of take(): what the peer said makes no sense, or the log refuses its events. Failure where the
// machine fails.
namespace laterbase::sync {

struct ExchangeOptions {
  std::string peer;  // its name here
  bool pull = true;
  bool push = true;
  // Gives nothing before the peer has said what it holds: where others may have given it the same meanwhile.
  bool ask_first = false;
  std::optional<Window> window;
  Limits limits;
};

struct Outcome {
  std::uint64_t sent = 0;      // events
  std::uint64_t received = 0;  // events that were new here
  std::uint64_t messages = 0;  // that were answered: round trips
  Mode mode = Mode::cursor;
  bool equal = false;  // both fingerprints were the same at the end
};

class Exchange {
 public:
  Exchange(Replica& replica, PeerView& view, ExchangeOptions options);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The next message to send; nothing when all is said.
  std::optional<Message> next();
  // The answer to the message before.
  Result<void> take(const Message& answer);

  // Before the answer is taken: in the middle of the peer's log, what next() will ask then, so that the peer can be at
  // it meanwhile. Nothing where that is not sure enough.
  std::optional<Message> foresee(const Message& answer) const;
  // Whether what the peer answers to `foreseen` is an answer to `message` too.
  static bool is_answered_by(const Message& message, const Message& foreseen);

  Outcome outcome() const;

 private:
  Message open();
  std::optional<Message> go_on();
  std::optional<Message> check_equal();
  bool is_lost(Snapshot& now);
  Message compose(bool with_summary);
  bool reconciles_in_vain(const Fingerprint& mine);
  Window window() const { return options_.window.value_or(Window{}); }

  Replica& replica_;
  PeerView& view_;
  ExchangeOptions options_;
  Taking taking_;
  Giving giving_;
  Comparing comparing_;

  bool opened_ = false;
  bool checked_ = false;
  std::optional<std::pair<Fingerprint, Fingerprint>> reconciled_;  // sets that were reconciled in this exchange
  int summaries_ = 0;                                              // that were sent
  bool equal_ = false;
  std::uint64_t messages_ = 0;
  Message asked_;
  std::optional<Fingerprint> theirs_;  // by the last answer
};

}  // namespace laterbase::sync
