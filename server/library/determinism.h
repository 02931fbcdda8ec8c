#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/library/typed_reducer.h"

// For tests of a fold's functions: tries whether they are what a fold asks for, a function of the events in the order
// of their keys and of nothing else. From any test framework:
//
//   const auto verdict = laterbase::try_fold<Load, Scan>(key_of_truck, apply, {{at_ms, scan}, …});
//   CHECK(verdict.ok);  // otherwise verdict.words says what is wrong, with the fewest events that show it
//
// Tried are: the same twice; again after other events (something is kept between calls); in random orders, in pieces,
// with backdating and with states saved and loaded in between (arrival shows in the result, a member is not in the
// state's JSON); later, by the clock; and on a copied state (the copy shares something with its origin).
namespace laterbase {

// An event to try with. `at_ms` is its valid time; events of one time keep the order in which they are listed.
template <typename T>
struct Sample {
  std::int64_t at_ms = 0;
  T event;
};

struct TrialOptions {
  std::uint64_t seed = 1;         // of the random orders
  std::uint64_t orders = 50;      // how many
  std::int64_t clock_ms = 1'100;  // how much later it is tried again; 0 not at all
  bool passes_over_none = false;  // an event that can't be decoded counts as wrong
};

struct Verdict {
  bool ok = true;
  std::string words;  // what is wrong, for the person who wrote the fold
  // The samples (by their place in the list) that show it; taking any of them away shows it no more.
  std::vector<std::size_t> events;
};

namespace library {

struct RawSample {
  std::int64_t at_ms = 0;
  std::string value;
};

Verdict try_reducer(const std::shared_ptr<const folds::Reducer>& reducer, const std::vector<RawSample>& samples,
                    const TrialOptions& options);

}  // namespace library

// Cost: some hundred times the events; and clock_ms.
template <typename State, typename T, typename KeyOf, typename Apply, typename Codec = JsonCodec<T>,
          typename StateCodec = JsonState<State>>
Verdict try_fold(KeyOf key_of, Apply apply, const std::vector<Sample<T>>& samples, const TrialOptions& options = {},
                 Codec codec = {}, StateCodec states = {}) {
  std::vector<library::RawSample> raw;
  for (const Sample<T>& sample : samples) raw.push_back({sample.at_ms, codec.encode(sample.event)});
  return library::try_reducer(
      library::make_reducer<State, T>(codec, std::move(states), std::move(key_of), std::move(apply)), raw, options);
}

}  // namespace laterbase
