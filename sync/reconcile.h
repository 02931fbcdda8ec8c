#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "sync/index.h"
#include "sync/limits.h"
#include "sync/message.h"

// Two sets that no cursor connects: what differs, found from fingerprints, as the side that is asked (pick,
// answer_ranges) and as the side that asks (RangeHunt).
namespace laterbase::sync {

// What the asked side does about a summary.
enum class Way : std::uint8_t {
  equal,
  log,     // one side has little or nothing: each sends its log from the start
  newest,  // all older ranges agree: the events of the newest, without asking which
  cells,   // few enough differences for the rateless table
  ranges,  // split ranges by their fingerprints
};
struct Picked {
  Way way = Way::equal;
  Window span;              // for newest: the keys to exchange whole
  std::uint64_t cells = 0;  // for cells: how many
  std::vector<Range> ranges;
};
Picked pick(Index& index, Snapshot& now, const std::optional<Window>& window, const Summary& theirs,
            const Limits& limits);

// The asked side's half of splitting: what it makes of ranges that the other side holds. Those that agree are left out;
// listed ones are settled, others split.
struct RangeAnswer {
  std::vector<Range> ranges;
  std::vector<Ulid> mine;    // the other side lacks them (or their value)
  std::vector<Ulid> theirs;  // this side lacks them
};
RangeAnswer answer_ranges(Index& index, Snapshot& now, const std::vector<Range>& asked,
                          const std::vector<Listing>& listed, const Limits& limits);

// The asking side's half. Every round halves what is open at least, and a range that is settled is never opened again.
class RangeHunt {
 public:
  void open(const std::vector<Range>& theirs) { open_.insert(open_.end(), theirs.begin(), theirs.end()); }
  bool done() const noexcept { return open_.empty(); }

  struct Step {
    std::vector<Range> ask;  // of this side, for the other to compare with
    std::vector<Listing> listings;
    std::vector<Window> give;  // the other side has nothing there
    std::vector<Window> take;  // this side has nothing there
  };
  // Compares what is open with this side, up to the limits.
  Step step(Index& index, Snapshot& now, const Limits& limits);

 private:
  std::deque<Range> open_;
};

}  // namespace laterbase::sync
