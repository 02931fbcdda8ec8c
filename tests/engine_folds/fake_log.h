#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/folds/fold.h"

// A log in a vector, a reducer whose result shows the order of all that it was given, and the same from scratch.
namespace laterbase::folds::tests {

// The events' values are "KEY[,KEY]:LETTERS". A value without a colon can't be decoded; one that ends in '!' makes the
// reducer throw where the state has an even number of letters, and one that ends in '?' always, before its key is
// known.
class Log : public Source {
 public:
  // Another value for a key replaces the old one; `aside` only lies in the log.
  const Event& append(const Ulid& key, const std::string& value, bool aside = false);
  const std::vector<Event>& entries() const { return entries_; }
  const std::map<Ulid, Lc>& map() const { return map_; }
  std::uint64_t events_read() const { return events_read_; }

  void keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) override;
  void events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) override;

 private:
  std::vector<std::unique_ptr<std::string>> values_;
  std::vector<Event> entries_;
  std::map<Ulid, Lc> map_;
  std::uint64_t events_read_ = 0;
};

class Letters : public Reducer {
 public:
  explicit Letters(std::uint64_t identity = 1) : identity_(identity) {}
  std::uint64_t identity() const override { return identity_; }
  std::unique_ptr<Input> read(const Event& event) const override;
  std::vector<std::string> keys_of(const Input& input) const override;
  std::unique_ptr<State> initial(const std::string& key) const override;
  std::unique_ptr<State> copy(const State& state) const override;
  void apply(State& state, const std::string& key, const Input& input) const override;
  std::string show(const State& state) const override;
  std::string save(const State& state) const override { return show(state); }
  std::unique_ptr<State> load(std::string_view bytes) const override;

 private:
  std::uint64_t identity_;
};

struct Answer {
  std::map<std::string, std::string> states;  // "!" where the reducer throws
  std::uint64_t undecodable = 0;
  bool thrown = false;
};
// All events of the map up to a key, folded one after the other.
Answer from_scratch(const Log& log, const Ulid& until = Ulid::greatest());

}  // namespace laterbase::folds::tests
