#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "views/past.h"

// The pasts of one database that are kept for those who ask on. The last two that were asked for are there as they are,
// and go forward; others are written down on their way (past.h), and a moment that is asked for is begun from the one
// that has taken in most of what counts then.
//
// Threads: any, one at a time. Errors: Failure where the log can't be read.
// Memory: two pasts, and what is written down, which is at most `most_bytes`: who was not used for longest goes.
namespace laterbase::views {

struct PastLimits {
  std::uint64_t most_bytes = 64 << 20;   // of all that is written down
  std::uint64_t least_distance = 4'096;  // events between two of them
};

class Pasts {
 public:
  Pasts(Root& root, std::function<std::vector<SourceMaker>()> sources, std::function<bool()> stop,
        const PastLimits& limits);

  // What the relation showed at that moment, as these definitions have it: read out of its past. Pasts of another life
  // of whoever follows the log are not used: it may be another log.
  using Read = std::function<void(Past& past)>;
  void at(const std::string& relation, Definitions definitions, const Moment& moment, std::uint64_t life,
          const Read& read);
  void forget();

  // So many entries of the log were read for all of them, and so many pasts are written down.
  std::uint64_t entries_read() const noexcept { return around_.entries_read; }
  std::size_t kept();

 private:
  using Kept = std::list<KeptPast>;

  std::unique_ptr<Past> nearest(const std::string& relation, Definitions definitions, const Moment& moment);
  Kept::iterator nearest_kept(const std::string& relation, const Definitions& definitions, const Moment& moment);
  void clear();
  bool wants(const KeptPast& past) const;
  void keep(KeptPast past);

  static constexpr std::size_t most_live = 2;

  PastLimits limits_;
  PastSurroundings around_;
  std::mutex mutex_;
  std::list<std::unique_ptr<Past>> live_;  // the last used first
  Kept kept_;                              // the last used first
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t life_ = 0;
};

}  // namespace laterbase::views
