#include "server/library/determinism.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <thread>

#include "engine/base/json_text.h"
#include "engine/base/random.h"
#include "engine/folds/listed.h"

namespace laterbase::library {
namespace {

using Places = std::vector<std::size_t>;
using Answers = std::map<std::string, std::string>;

// What a fold came to: its states, or that it threw.
struct Outcome {
  Answers states;
  std::string trouble;
  std::uint64_t undecodable = 0;
  bool operator==(const Outcome&) const = default;
};

// The samples in the order in which they arrive.
folds::ListedEvents log_of(const std::vector<RawSample>& samples, const Places& order) {
  std::vector<Event> events;
  events.reserve(order.size());
  for (const std::size_t place : order) {
    Event event;
    event.key = Ulid::first_of(samples[place].at_ms);
    event.key.low = place + 1;
    event.arrived_ms = samples[place].at_ms + static_cast<std::int64_t>(7'919 * (events.size() + 1));
    event.value = samples[place].value;
    event.is_json = is_json(event.value);
    events.push_back(event);
  }
  return folds::ListedEvents(std::move(events));
}

class Trial {
 public:
  Trial(std::shared_ptr<const folds::Reducer> reducer, const std::vector<RawSample>& samples,
        const TrialOptions& options)
      : reducer_(std::move(reducer)), samples_(samples), options_(options) {}

  Verdict run();

 private:
  // What shows the trouble: gives whether these samples, arriving in this order, do.
  using Shows = std::function<bool(const Places&)>;

  Outcome fold(const Places& order, Random* pieces) const;
  Places in_key_order(Places places) const;
  using Step = std::function<void(std::unique_ptr<folds::State>&, const std::string& key, const folds::Input&)>;
  void step_through(const Places& order, const Step& step) const;
  bool differs(const Places& order, std::uint64_t seed) const;
  bool shares(const Places& order) const;
  bool forgets(const Places& order) const;
  Verdict wrong(const std::string& words, Places order, const Shows& shows) const;

  std::shared_ptr<const folds::Reducer> reducer_;
  const std::vector<RawSample>& samples_;
  TrialOptions options_;
};

Places Trial::in_key_order(Places places) const {
  std::sort(places.begin(), places.end(), [this](std::size_t a, std::size_t b) {
    return std::pair(samples_[a].at_ms, a) < std::pair(samples_[b].at_ms, b);
  });
  return places;
}

// With `pieces`: flushed now and then, and now and then by a fold that loaded what another saved.
Outcome Trial::fold(const Places& order, Random* pieces) const {
  folds::ListedEvents log = log_of(samples_, order);
  Outcome outcome;
  const auto sink = [&](const std::string& key, const std::string* json) {
    if (json != nullptr)
      outcome.states[key] = *json;
    else
      outcome.states.erase(key);
  };
  auto fold = std::make_unique<folds::Fold>(reducer_, log, folds::FoldOptions{3});
  for (const Event& event : log.entries()) {
    fold->apply(event);
    if (pieces == nullptr || !pieces->one_in(3)) continue;
    fold->flush(sink);
    if (!pieces->one_in(2)) continue;
    const std::string saved = fold->save();
    auto next = std::make_unique<folds::Fold>(reducer_, log, folds::FoldOptions{3});
    if (next->load(saved)) fold = std::move(next);
  }
  fold->flush(sink);
  outcome.trouble = fold->trouble();
  outcome.undecodable = fold->undecodable();
  if (!outcome.trouble.empty()) outcome.states.clear();
  return outcome;
}

bool Trial::differs(const Places& order, std::uint64_t seed) const {
  Random pieces(seed);
  return !(fold(order, &pieces) == fold(in_key_order(order), nullptr));
}

// Every state's steps, one by one, in key order. An event that the reducer throws about is passed over, as a fold does.
void Trial::step_through(const Places& order, const Step& step) const {
  const folds::ListedEvents log = log_of(samples_, in_key_order(order));
  std::map<std::string, std::unique_ptr<folds::State>> states;
  for (const Event& event : log.entries()) {
    try {
      const auto input = reducer_->read(event);
      for (const std::string& key : reducer_->keys_of(*input)) {
        auto& state = states.try_emplace(key, nullptr).first->second;
        if (!state) state = reducer_->initial(key);
        step(state, key, *input);
      }
    } catch (const std::exception&) {
      continue;
    }
  }
}

// A state is folded further, and a copy of it from before is not what it was.
bool Trial::shares(const Places& order) const {
  bool found = false;
  step_through(order, [&](auto& state, const std::string& key, const folds::Input& input) {
    const auto copy = reducer_->copy(*state);
    const std::string before = reducer_->show(*copy);
    reducer_->apply(*state, key, input);
    found = found || reducer_->show(*copy) != before;
  });
  return found;
}

// A state that was saved and loaded at every step ends otherwise.
bool Trial::forgets(const Places& order) const {
  const auto answers = [&](bool reloaded) {
    Answers shown;
    step_through(order, [&](auto& state, const std::string& key, const folds::Input& input) {
      if (reloaded) state = reducer_->load(reducer_->save(*state));
      reducer_->apply(*state, key, input);
      shown[key] = reducer_->show(*state);
    });
    return shown;
  };
  return answers(false) != answers(true);
}

// The samples without which it would not show.
Verdict Trial::wrong(const std::string& words, Places order, const Shows& shows) const {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t part = std::max<std::size_t>(order.size() / 2, 1); part > 0; part /= 2) {
      for (std::size_t at = 0; at < order.size();) {
        Places fewer = order;
        const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
        fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(part, fewer.size() - at)));
        if (fewer.size() < order.size() && shows(fewer)) {
          order = std::move(fewer);
          smaller = true;
        } else {
          at += part;
        }
      }
    }
  }
  Verdict verdict{false, words, order};
  verdict.words += fmt::format("\nEvents that show it, {} of {}, in the order in which they arrived:", order.size(),
                               samples_.size());
  for (const std::size_t place : order)
    verdict.words += fmt::format("\n  [{}] at {}: {}", place, samples_[place].at_ms, samples_[place].value);
  const Outcome wanted = fold(in_key_order(order), nullptr);
  verdict.words += "\nIn the order of their keys they give:";
  for (const auto& [key, state] : wanted.states) verdict.words += fmt::format("\n  {}: {}", key, state);
  if (!wanted.trouble.empty()) verdict.words += "\n  an exception " + wanted.trouble;
  return verdict;
}

Verdict Trial::run() {
  Places all(samples_.size());
  std::iota(all.begin(), all.end(), 0);
  const Outcome first = fold(in_key_order(all), nullptr);
  if (options_.passes_over_none && first.undecodable > 0)
    return {false, fmt::format("{} of the events can't be decoded.", first.undecodable), {}};
  const Shows unlike_itself = [&](const Places& order) {
    const Outcome once = fold(in_key_order(order), nullptr);
    for (int again = 0; again < 3; ++again)
      if (!(fold(in_key_order(order), nullptr) == once)) return true;
    return false;
  };
  if (unlike_itself(all))
    return wrong(
        "The same events in the same order give something else each time: something is kept from one call to "
        "the next, or is random.",
        all, unlike_itself);
  if (shares(all))
    return wrong(
        "Folding a state further changes a copy that was made of it before: they share something, such as "
        "what a pointer leads to.",
        all, [&](const Places& order) { return shares(order); });
  if (forgets(all))
    return wrong("A state that was saved and loaded goes on otherwise: something of it is not in its JSON.", all,
                 [&](const Places& order) { return forgets(order); });
  Random random(options_.seed);
  for (std::uint64_t i = 0; i < options_.orders; ++i) {
    Places order = all;
    std::shuffle(order.begin(), order.end(), random);
    const std::uint64_t seed = random();
    const Shows shows = [&](const Places& some) { return differs(some, seed); };
    if (shows(order))
      return wrong(
          "Events that arrive in another order give something else: the fold sees when an event arrived "
          "(Event::lc, Event::arrived_ms), or something is kept from one call to the next.",
          order, shows);
  }
  if (options_.clock_ms > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options_.clock_ms));
    if (!(fold(in_key_order(all), nullptr) == first))
      return {false, "A little later the same events give something else: the fold looks at a clock.", {}};
  }
  return {};
}

}  // namespace

Verdict try_reducer(const std::shared_ptr<const folds::Reducer>& reducer, const std::vector<RawSample>& samples,
                    const TrialOptions& options) {
  return Trial(reducer, samples, options).run();
}

}  // namespace laterbase::library
