#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/folds/positions.h"
#include "engine/folds/reducer.h"

// A fold whose order matters: for each of its keys a state, made by a reducer from that key's events in the order of
// the events' own keys (valid time), whatever order they came in.
//
// An event later than all of its state's others is folded in at once. One that comes between them, a value that was
// replaced (Event::replaces) and one that is gone make the state be folded again at the next flush(): from a copy of
// the state as it was at an earlier event, over the events after that, which are read from the log again. Copies are
// kept at distances that grow with how long ago they are, so that there are O(log n) of n events, and where d events
// are later than the one that came, at most 2 d + 2 copy_distance are folded again.
//
// Where a reducer throws, its state is in trouble, and so is the fold, until a change before that event or of it gives
// the reducer another chance; all else goes on. What a reducer can't decode is passed over and listed.
//
// Threads: one at a time; while nobody applies, any number may read. Lifetime: the source outlives the fold.
// Errors: what the source throws; then what was not folded yet is folded at the next flush.
namespace laterbase::folds {

// The log again.
class Source {
 public:
  virtual ~Source() = default;
  // The keys, and the events, at these positions, in this order; events until `visit` says false.
  virtual void keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) = 0;
  virtual void events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) = 0;
};

struct FoldOptions {
  std::uint64_t copy_distance = 64;  // events between the newest copies of a state
};

// An event that was passed over, or that the reducer threw about before it was known whose it is.
struct PassedOver {
  Lc lc = 0;
  Ulid key;
  std::string reason;
};

// Told, by flush(), what a state shows now: JSON, or null where it has no events any more. It may throw like a reducer.
using FoldSink = std::function<void(const std::string& key, const std::string* json)>;

class Fold {
 public:
  Fold(std::shared_ptr<const Reducer> reducer, Source& source, const FoldOptions& options = {})
      : reducer_(std::move(reducer)), source_(source), options_(options) {}
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  // The log's next entry, as it stands there: aside or replacing others too.
  void apply(const Event& event);
  // Everything is folded, and `sink` told of what may have changed.
  void flush(const FoldSink& sink);

  // What the state of that key would show had it only the events up to `until`: JSON, or nothing where it has none of
  // those. After a flush(), of a fold whose reducer has thrown about no event before it was known whose it is
  // (knows_whose()). Threads: as reading. Errors: what the reducer throws.
  // Cost: the events are folded again that are between `until` and the copy of the state that is nearest before it.
  std::optional<std::string> show_at(const std::string& key, const Ulid& until) const;
  bool knows_whose() const noexcept { return thrown_.count == 0; }

  std::size_t size() const noexcept { return states_.size(); }
  // Empty where all is well; otherwise one sentence, of the least key in trouble.
  std::string trouble() const;
  std::uint64_t undecodable() const noexcept { return undecodable_.count; }
  std::vector<PassedOver> passed_over() const;                 // the first thousand that could not be decoded
  std::uint64_t applied() const noexcept { return applied_; }  // how often the reducer has folded an event
  std::size_t bytes() const noexcept;                          // about, without the reducer's own states
  std::size_t copies(const std::string& key) const;            // kept of a state

  // After a flush(). Empty where the reducer can't save its states; then there is nothing to load.
  std::string save() const;
  // Into a new fold; then flush() tells of everything. False, and it is as new, where other code saved it or it is
  // damaged: then apply() the log from its beginning.
  bool load(std::string_view saved);

 private:
  struct Copy {
    Ulid upto;  // the last event that is in it
    std::uint64_t count = 0;
    std::unique_ptr<State> state;
  };
  struct Keyed {
    Positions positions;
    std::unique_ptr<State> state;
    std::uint64_t count = 0;  // of events in the state
    Ulid upto;                // the last of them
    std::vector<Copy> copies;
    std::optional<Ulid> changed_from;  // the state is not what its events are, from this one on
    std::string trouble;
    Ulid trouble_at;
    bool touched = false;
    bool shown = false;
  };
  using States = std::unordered_map<std::string, Keyed>;
  struct Listed {
    std::map<Lc, PassedOver> first;
    std::uint64_t count = 0;
    void add(const Event& event, std::string reason);
    void take_back(Lc lc);
  };

  static constexpr std::size_t most_listed = 1'000;

  std::unique_ptr<Input> read(const Event& event, std::vector<std::string>& keys, bool again);
  void take_back(Lc lc);
  void insert(const std::string& key, const Event& event, const Input& input);
  void touch(States::value_type& entry);
  void change_from(States::value_type& entry, const Ulid& key);
  bool fold_in(States::value_type& entry, const Ulid& at, const Input& input);
  bool begin_again(States::value_type& entry);
  void fold_again(States::value_type& entry);
  std::vector<Lc> positions_between(const Positions& all, const Ulid* after, const Ulid* until) const;
  void fail(Keyed& keyed, const Ulid& at, std::string why);
  void keep_copy(Keyed& keyed);
  void thin_out(Keyed& keyed) const;
  void show(States::value_type& entry, const FoldSink& sink);
  bool load_state(std::string_view& from, Keyed& keyed) const;

  std::shared_ptr<const Reducer> reducer_;
  Source& source_;
  FoldOptions options_;
  States states_;
  std::vector<States::value_type*> touched_;
  std::map<std::string_view, const Keyed*> in_trouble_;
  Listed undecodable_, thrown_;
  std::uint64_t applied_ = 0;
};

}  // namespace laterbase::folds
