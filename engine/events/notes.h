#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/events/event.h"
#include "engine/storage/storage.h"

namespace laterbase {

// Small named values that ride with the events: where this node stands in a peer's log, say. A note is seen at once; on
// the disk it comes with the first writing of the tree that covers the log as it was when the note was made. So after
// any crash a note never knows more than the log does; it may be an older one, and its owner does that part again.
//
// Threads: any. Errors: too_large for a name or value over the limits, or one note too many; Failure{damaged} where the
// table's bytes are not what was written.
class Notes {
 public:
  static constexpr std::size_t kMostNotes = 4096;
  static constexpr std::size_t kMostNameBytes = 256;  // at least 1
  static constexpr std::size_t kMostValueBytes = 4096;

  // What the table holds; forgets all else.
  void load(ReadTxn& txn);

  // `head` is the log's, as the note knows it.
  Result<void> remember(std::string name, std::string value, Lc head);
  void forget(const std::string& name, Lc head);
  std::optional<std::string> recall(const std::string& name) const;
  // All whose name begins so, by name.
  std::vector<std::pair<std::string, std::string>> list(std::string_view prefix) const;

  // Those not on the disk yet that know no more than the log up to `lc`.
  struct Pending {
    std::string name;
    std::optional<std::string> value;  // none: forgotten
    std::uint64_t version = 0;
  };
  std::vector<Pending> pending(Lc lc) const;
  static void write(WriteTxn& txn, const std::vector<Pending>& notes);
  // They are on the disk now.
  void settle(const std::vector<Pending>& notes);

 private:
  struct Note {
    std::optional<std::string> value;
    Lc head = 0;
    std::uint64_t version = 0;  // 0: on the disk
  };
  void put(std::string name, std::optional<std::string> value, Lc head);

  mutable std::mutex mutex_;
  std::map<std::string, Note, std::less<>> notes_;
  std::size_t live_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace laterbase
