#pragma once

#include <optional>
#include <vector>

#include "engine/base/error.h"
#include "sync/giving.h"
#include "sync/message.h"
#include "sync/reconcile.h"
#include "sync/taking.h"

// The asking side's reconciliation: a summary goes out, and what the peer makes of it (reconcile.h) comes down to keys
// to give and keys to want. At the end each side may keep a cursor at the other's head of the beginning: sets only
// grow. Ranges are compared by whole hashes; what cells have shown must be proven by sums of them, since cursors and
// vectors that are not true of one node go on to others.
namespace laterbase::sync {

enum class Mode : std::uint8_t { cursor, equal, log, newest, cells, ranges };
const char* name_of(Mode mode) noexcept;

class Comparing {
 public:
  Comparing(Replica& replica, const std::optional<Window>& window, const Limits& limits, Taking& taking, Giving& giving)
      : replica_(replica), window_(window), limits_(limits), taking_(taking), giving_(giving) {}

  bool is_on() const noexcept { return is_on_; }
  bool has_work() const noexcept { return is_on_ && (want_cells_ || ranges_due_ || !hunt_.done()); }

  // The full summary goes into the message, which speaks of the moment of the snapshot.
  void begin(Message& message, Index& index, Snapshot& now);
  void add_to(Message& message, Index& index, Snapshot& now);
  Result<void> take(const Message& asked, const Message& answer);
  // Everything that is wanted and given is on its way: cursors may be kept.
  void close_if_done();

  Mode mode() const noexcept { return mode_; }
  bool used() const noexcept { return used_; }  // in this exchange, and not for nothing

 private:
  Result<void> take_pick(const Message& asked, const Message& answer);
  void take_equal(const Message& asked, const Message& answer);
  void take_newest(const Message& answer);
  void take_cells(const Message& answer);
  void give_newest();
  void give_range(const Window& keys);
  void turn_to_ranges();
  Window all() const { return window_.value_or(Window{}); }

  Replica& replica_;
  std::optional<Window> window_;
  const Limits& limits_;
  Taking& taking_;
  Giving& giving_;

  Mode mode_ = Mode::cursor;
  bool used_ = false;
  bool is_on_ = false;
  bool asked_summary_ = false;
  std::optional<Head> mine_at_, theirs_at_;
  std::vector<Seen> mine_seen_, theirs_seen_;
  std::optional<CellsWanted> want_cells_;
  std::vector<Cell> cells_;
  std::optional<Fingerprint> cells_of_;
  std::optional<Proof> proof_;  // of what the cells have shown
  bool is_doubtful_ = false;    // there is more that they haven't shown
  bool ranges_due_ = false;
  RangeHunt hunt_;
  std::optional<Window> newest_;
  std::vector<Element> newest_came_;
};

}  // namespace laterbase::sync
