#include "tests/simulation/wrong_designs.h"

#include <algorithm>
#include <map>

#include "engine/events/conflict.h"
#include "sync/lineage.h"
#include "sync/memory.h"
#include "tests/simulation/process.h"

namespace laterbase::simulation {
namespace {

using sync::Head;
using sync::Message;

// ---- cursors

// As in the literal reading of the protocol: whoever sends remembers what he has sent.
class SenderRemembers final : public Design {
 public:
  void sends(Process& asking, std::size_t peer, Message& request) override {
    if (request.delta) pushed_[{asking.slot(), peer}] = request.delta->next;
  }
  void takes(Process& asking, std::size_t peer, const Message& /*request*/, Message& answer) override {
    const auto known = pushed_.find({asking.slot(), peer});
    if (known != pushed_.end()) answer.cursor = known->second;
  }
  void reads(Process& answering, Message& request) override {
    if (!request.from || !request.cursor) return;
    const auto known = answered_.find({answering.slot(), request.from->node});
    if (known != answered_.end()) request.cursor = known->second;
  }
  void answers(Process& answering, const Message& request, Message& answer) override {
    if (request.from && answer.delta) answered_[{answering.slot(), request.from->node}] = answer.delta->next;
  }

 private:
  std::map<std::pair<std::size_t, std::size_t>, Head> pushed_;
  std::map<std::pair<std::size_t, Ulid>, Head> answered_;
};

// The receiver's cursor is a bare position.
class PositionAlone final : public Design {
 public:
  void reads(Process& answering, Message& request) override { believe(answering, request.cursor); }
  void takes(Process& asking, std::size_t /*peer*/, const Message& /*request*/, Message& answer) override {
    believe(asking, answer.cursor);
  }

 private:
  static void believe(Process& process, std::optional<Head>& cursor) {
    if (!cursor || cursor->lc == 0) return;
    Snapshot now = process.snapshot();
    cursor = sync::place_of(now, process.node(), std::min(cursor->lc, now.head()));
  }
};

// … or a position of an epoch: the log may have gone another way since.
class PositionOfEpoch final : public Design {
 public:
  void reads(Process& answering, Message& request) override { believe(answering, request.cursor); }
  void takes(Process& asking, std::size_t /*peer*/, const Message& /*request*/, Message& answer) override {
    believe(asking, answer.cursor);
  }

 private:
  static void believe(Process& process, std::optional<Head>& cursor) {
    Snapshot now = process.snapshot();
    if (cursor && cursor->epoch == now.epoch() && cursor->lc <= now.head())
      cursor = sync::place_of(now, process.node(), cursor->lc);
  }
};

class CursorBeforeEvents final : public Design {
 public:
  bool syncs_merges() const override { return false; }
  bool notes_ride_with_events() const override { return false; }
};

class NotesSurviveRestore final : public Design {
 public:
  bool notes_ride_with_events() const override { return false; }
  bool notes_are_restored() const override { return false; }
};

class UnknownIsValid final : public Design {
 public:
  void reads(Process& answering, Message& request) override {
    if (!request.cursor) return;
    Snapshot now = answering.snapshot();
    if (!sync::stand(now, *request.cursor).lc) request.cursor = sync::head_of(now, answering.node());
  }
};

class CursorOneAhead final : public Design {
 public:
  void answers(Process& answering, const Message& /*request*/, Message& answer) override {
    Snapshot now = answering.snapshot();
    if (!answer.delta || answer.delta->next.lc >= now.head()) return;
    answer.delta->next = sync::place_of(now, answering.node(), answer.delta->next.lc + 1);
    answer.next = answer.delta->next;
  }
};

class DeltaFromAnywhere final : public Design {
 public:
  void reads(Process& /*answering*/, Message& request) override {
    if (!request.delta) return;
    request.delta->after.lc = 0;
    request.delta->held.reset();
  }
};

class DeltaOnOldGround final : public Design {
 public:
  void reads(Process& /*answering*/, Message& request) override {
    if (request.delta) request.delta->held.reset();
  }
};

// What cells have shown is believed to be all there is.
class SketchIsEnough final : public Design {
 public:
  void reads(Process& /*answering*/, Message& request) override {
    if (request.delta) request.delta->proof.reset();
  }
};

class CursorThoughLacking final : public Design {
 public:
  void answers(Process& answering, const Message& request, Message& answer) override {
    if (request.delta && answer.lacks && !answer.lacks->empty())
      sync::keep_cursor(answering, request.delta->next, request.window.value_or(sync::Window{}));
  }
};

class WindowIsEverything final : public Design {
 public:
  void remembers(const std::string& name, std::string& value) override {
    if (name[0] != 'c') return;
    Ulid{}.store(value.data() + value.size() - 2 * Ulid::kBytes);
    Ulid::greatest().store(value.data() + value.size() - Ulid::kBytes);
  }
};

// ---- epochs and vectors

class EpochStays final : public Design {
 public:
  bool begins_new_epochs() const override { return false; }
};

class SeenTooEarly final : public Design {
 public:
  void answers(Process& answering, const Message& request, Message& /*answer*/) override {
    Snapshot now = answering.snapshot();
    sync::join_seen(answering, now, request.seen);
  }
};

class SeenOneMore final : public Design {
 public:
  void sends(Process& asking, std::size_t /*peer*/, Message& request) override { count(asking, request); }
  void answers(Process& answering, const Message& /*request*/, Message& answer) override { count(answering, answer); }

 private:
  static void count(Process& process, Message& message) {
    const Ulid own = process.snapshot().epoch();
    for (sync::Seen& seen : message.seen) seen.sequence += seen.epoch == own ? 0 : 1;
  }
};

class WaitingIsSeen final : public Design {
 public:
  void sends(Process& asking, std::size_t /*peer*/, Message& request) override { count(asking, request); }
  void answers(Process& answering, const Message& /*request*/, Message& answer) override { count(answering, answer); }

 private:
  static void count(Process& process, Message& message) {
    for (const sync::Seen& joined : sync::joined_seen(process))
      for (sync::Seen& seen : message.seen)
        if (seen.epoch == joined.epoch) seen.sequence = std::max(seen.sequence, joined.sequence);
  }
};

class VectorOfNow final : public Design {
 public:
  void sends(Process& asking, std::size_t /*peer*/, Message& request) override {
    if (!request.delta) return;
    auto joined = sync::joined_seen(asking);
    Snapshot now = asking.snapshot();
    request.seen = sync::seen_by(std::move(joined), now, 1'000);
  }
};

// ---- what is on its way

class WantsForgotten final : public Design {
 public:
  void takes(Process& /*asking*/, std::size_t /*peer*/, const Message& /*request*/, Message& answer) override {
    if (!answer.ids || answer.ids->empty()) return;
    answer.ids->pop_back();
    if (!answer.hashes.empty()) answer.hashes.pop_back();
  }
};

class DeferredForgotten final : public Design {
 public:
  void takes(Process& /*asking*/, std::size_t /*peer*/, const Message& /*request*/, Message& answer) override {
    answer.deferred.clear();
  }
};

class RangeForgotten final : public Design {
 public:
  void takes(Process& /*asking*/, std::size_t /*peer*/, const Message& /*request*/, Message& answer) override {
    if (answer.ranges.size() > 1) answer.ranges.pop_back();
  }
};

class EventForgotten final : public Design {
 public:
  void sends(Process& /*asking*/, std::size_t /*peer*/, Message& request) override {
    if (request.delta && !request.events.empty()) request.events.pop_back();
  }
};

class LimitIsTheEnd final : public Design {
 public:
  void answers(Process& answering, const Message& /*request*/, Message& answer) override {
    if (!answer.delta || !answer.delta->more) return;
    Snapshot now = answering.snapshot();
    answer.delta->next = sync::head_of(now, answering.node());
    answer.delta->more = false;
    answer.next = answer.delta->next;
  }
};

class KeysAlone final : public Design {
 public:
  void sends(Process& /*asking*/, std::size_t /*peer*/, Message& request) override { request.hashes.clear(); }
  void answers(Process& /*answering*/, const Message& /*request*/, Message& answer) override { answer.hashes.clear(); }
};

class CountIsEnough final : public Design {
 public:
  void answers(Process& /*answering*/, const Message& request, Message& answer) override {
    if (request.summary && answer.summary && request.summary->whole.count == answer.summary->whole.count)
      answer.summary->whole = request.summary->whole;
  }
};

// ---- what becomes of it

// Takes only some of what a peer brings.
class Picky : public Design {
 public:
  void merges(Process& process, Batch& batch) override {
    Snapshot now = process.snapshot();
    std::erase_if(batch.events, [&](const NewEvent& event) {
      const BytesView value = BytesView(batch.payload).substr(event.offset, event.size);
      return !takes_in(process, now, *event.key, value);
    });
  }

 protected:
  virtual bool takes_in(Process& process, Snapshot& now, const Ulid& key, BytesView value) const = 0;
};

class NoLosers final : public Picky {
  bool takes_in(Process& /*process*/, Snapshot& now, const Ulid& key, BytesView value) const override {
    const auto here = now.find(key);
    return !here || here->value == value || value_wins(value, here->value);
  }
};

class FirstWins final : public Picky {
  bool takes_in(Process& /*process*/, Snapshot& now, const Ulid& key, BytesView value) const override {
    const auto here = now.find(key);
    return !here || here->value == value;
  }
};

class OddNodesDiffer final : public Picky {
  bool takes_in(Process& process, Snapshot& now, const Ulid& key, BytesView value) const override {
    const auto here = now.find(key);
    return process.slot() % 2 == 0 || !here || !value_wins(value, here->value);
  }
};

class FutureIsDropped final : public Picky {
  bool takes_in(Process& process, Snapshot& /*now*/, const Ulid& key, BytesView /*value*/) const override {
    return key.time_ms() <= process.now_ms() + LogLimits{}.max_future_ms;
  }
};

class AnswersBeforeSync final : public Design {
 public:
  bool syncs_writes() const override { return false; }
};

template <typename T>
WrongDesign make(const char* name, const char* what, bool restores = false) {
  return {name, what, [] { return std::make_unique<T>(); }, {false, true, restores}};
}

class Canary final : public Design {
 public:
  bool adds_a_phantom() const override { return true; }
};

}  // namespace

const std::vector<WrongDesign>& wrong_designs() {
  static const std::vector<WrongDesign> all = {
      make<SenderRemembers>("sender_remembers", "the sender remembers what it has sent"),
      make<PositionAlone>("position_alone", "a cursor is a position, whatever log it is of"),
      make<PositionOfEpoch>("position_of_epoch", "a cursor is an epoch and a position, without the log's hash", true),
      make<CursorBeforeEvents>("cursor_before_events", "the cursor is durable before the events are"),
      make<NotesSurviveRestore>("notes_survive_restore", "cursors are kept elsewhere than the events"),
      make<UnknownIsValid>("unknown_is_valid", "a cursor that stands nowhere is taken for the head"),
      make<CursorOneAhead>("cursor_one_ahead", "the answer's cursor is one position too far"),
      make<DeltaFromAnywhere>("delta_from_anywhere", "a delta moves the cursor wherever that stands"),
      make<DeltaOnOldGround>("delta_on_old_ground", "a delta builds on what the receiver has lost since"),
      make<SketchIsEnough>("sketch_is_enough", "a cursor is kept although a sketch may have taken two values for one"),
      make<CursorThoughLacking>("cursor_though_lacking", "the cursor moves though announced events are lacking"),
      make<WindowIsEverything>("window_is_everything", "a window's cursor is used for everything"),
      make<EpochStays>("epoch_stays", "a restored log goes on in its old epoch", true),
      make<SeenTooEarly>("seen_too_early", "a vector is joined before its events are there"),
      make<SeenOneMore>("seen_one_more", "a vector counts one event too many"),
      make<WaitingIsSeen>("waiting_is_seen", "a vector counts what still waits until it is due"),
      make<VectorOfNow>("vector_of_now", "a delta up to an earlier place comes with the vector of now"),
      make<WantsForgotten>("wants_forgotten", "one of the announced events is never asked for"),
      make<DeferredForgotten>("deferred_forgotten", "what a limit cut off is never asked for again"),
      make<RangeForgotten>("range_forgotten", "one of the differing ranges is never compared"),
      make<EventForgotten>("event_forgotten", "one event of a delta is left out"),
      make<LimitIsTheEnd>("limit_is_the_end", "where a limit cuts a delta, it ends"),
      make<KeysAlone>("keys_alone", "events are announced without their values' hashes"),
      make<CountIsEnough>("count_is_enough", "two sets of one size count as equal"),
      make<NoLosers>("no_losers", "a value that has lost is dropped"),
      make<FirstWins>("first_wins", "of two values the one that came first stays"),
      make<OddNodesDiffer>("odd_nodes_differ", "half of the nodes think that the lesser value wins"),
      make<FutureIsDropped>("future_is_dropped", "an event too far ahead is dropped"),
      make<AnswersBeforeSync>("answers_before_sync", "a client is answered before the event is durable"),
  };
  return all;
}

WrongDesign canary() { return make<Canary>("canary", "the checkers wait for an event that nobody wrote"); }

}  // namespace laterbase::simulation
