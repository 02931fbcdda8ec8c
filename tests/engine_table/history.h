#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

// Whether what several threads saw of one key can be put in an order that a plain variable would have given, each call
// between its begin and its end (Herlihy and Wing, 1990; the search is Wing and Gong's, with the states it has been in
// remembered, after Lowe, 2017).
namespace history {

struct Call {
  enum Kind { insert, erase, update, read } kind = read;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint32_t wrote = 0;           // insert, update: the value
  bool done = false;                 // whether the call said that it did something
  std::optional<std::uint32_t> saw;  // read
};

using State = std::optional<std::uint32_t>;

// False: the call can't have given that answer in this state.
inline bool apply(const Call& call, State& state) {
  const bool there = state.has_value();
  switch (call.kind) {
    case Call::read:
      return call.saw == state;
    case Call::insert:
      if (!there) state = call.wrote;
      return call.done != there;
    case Call::update:
      if (there) state = call.wrote;
      return call.done == there;
    default:
      state.reset();
      return call.done == there;
  }
}

class Checker {
 public:
  explicit Checker(const std::vector<Call>& calls) : calls_(calls) {}
  bool linearizable(State from) { return search(0, from); }

 private:
  bool search(std::uint64_t taken, State state) {
    if (taken == (std::uint64_t{1} << calls_.size()) - 1) return true;
    if (!seen_.insert({taken, state}).second) return false;
    std::uint64_t first_end = ~std::uint64_t{0};
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if ((taken >> i & 1) == 0 && calls_[i].end < first_end) first_end = calls_[i].end;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if ((taken >> i & 1) != 0 || calls_[i].begin > first_end) continue;
      auto after = state;
      if (apply(calls_[i], after) && search(taken | std::uint64_t{1} << i, after)) return true;
    }
    return false;
  }

  const std::vector<Call>& calls_;
  std::set<std::pair<std::uint64_t, State>> seen_;
};

}  // namespace history
