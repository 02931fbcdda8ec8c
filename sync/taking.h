#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "sync/limits.h"
#include "sync/log_part.h"
#include "sync/message.h"
#include "sync/replica.h"

// The asking side's taking half: follows the peer's log, wants keys and ranges, and keeps the cursor once nothing
// before it is missing.
namespace laterbase::sync {

class Taking {
 public:
  Taking(Replica& replica, const Window& window, const Limits& limits, bool is_on)
      : replica_(replica), window_(window), limits_(limits), is_on_(is_on) {}

  bool is_on() const noexcept { return is_on_; }
  bool has_work() const noexcept { return is_on_ && (following_ || !wants_.empty() || !want_ranges_.empty()); }

  // Goes on in the peer's log behind the cursor.
  void follow(const Head& cursor);
  // In the middle of the peer's log.
  bool is_midway() const noexcept { return following_ && midway_; }
  // Not by the log for now: what is missing is looked for another way.
  void stop_following() noexcept { following_ = false; }
  void want_all(const std::vector<Ulid>& keys);
  void want_range(const Window& keys) { want_ranges_.push_back(keys); }
  // What all that is wanted must sum up to, or no cursor is kept; nothing: whatever it sums up to.
  void expect(const std::optional<Fingerprint>& sum) noexcept { missing_ = sum; }
  // The cursor to keep, and what its node holds there, once all that is wanted has come.
  void keep(const Head& cursor, const std::vector<Seen>& seen);
  // Nothing is wanted any more, and what came is what was expected.
  bool is_proven() const noexcept {
    return wants_.empty() && !incomplete_ && missing_.value_or(Fingerprint{}) == Fingerprint{};
  }

  void add_to(Message& message);
  Result<void> take(const Message& asked, const Message& answer);

  std::uint64_t received() const noexcept { return received_; }  // that were new
  // Positions of the own log that came from the peer.
  const std::vector<Positions>& came() const noexcept { return came_; }
  // Where it stands in the peer's log.
  const std::optional<Head>& cursor() const noexcept { return cursor_; }

 private:
  void want_missing(const Message& answer);
  Result<void> take_events(const Message& answer);
  void check_off(const Message& asked, const Message& answer);
  void settle();

  Replica& replica_;
  Window window_;
  const Limits& limits_;
  bool is_on_;
  bool following_ = false;
  bool midway_ = false;      // the last answer was a part, and not the last one
  bool incomplete_ = false;  // something that the peer announced never came
  std::optional<Head> cursor_;
  std::optional<Head> to_keep_;
  std::vector<Seen> to_join_;
  std::optional<Fingerprint> missing_;  // of what is expected
  std::vector<Ulid> wants_;             // ascending
  std::vector<Window> want_ranges_;
  std::vector<Positions> came_;
  std::uint64_t received_ = 0;
};

}  // namespace laterbase::sync
