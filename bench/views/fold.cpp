#include "bench/views/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "engine/base/random.h"
#include "engine/folds/fold.h"
#include "server/library/typed_reducer.h"

namespace laterbase::bench {
namespace {

constexpr std::size_t trucks = 1'000, events_a_commit = 100, most_late = 1'000;

struct Scan {
  std::string truck;
  int kg = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Scan, truck, kg)

struct Load {
  int kg = 0, most = 0, scans = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg, most, scans)

std::shared_ptr<const folds::Reducer> reducer() {
  return library::make_reducer<Load, Scan>(
      JsonCodec<Scan>{}, JsonState<Load>{}, [](const Scan& scan) { return scan.truck; },
      [](Load& load, const Scan& scan) {
        load.kg += scan.kg;
        load.most = std::max(load.most, load.kg);
        ++load.scans;
      });
}

// A log in memory, so that only folding is measured.
class Log final : public folds::Source {
 public:
  // In the order in which they came; with some that are late.
  Log(std::uint64_t count, bool backdated) {
    Random random(3);
    values_.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      values_.push_back(
          fmt::format(R"({{"truck":"t{}","kg":{}}})", random.below(trucks), static_cast<int>(random.below(200)) - 90));
      const std::uint64_t late = backdated && random.one_in(10) ? random.below(most_late) : 0;
      Event event;
      event.key = Ulid::first_of(static_cast<std::int64_t>(1'700'000'000'000 + i - std::min(i, late)));
      event.key.low = i;
      event.value = values_.back();
      event.is_json = true;
      event.lc = i + 1;
      entries_.push_back(event);
    }
  }
  const std::vector<Event>& entries() const { return entries_; }

  void keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) override {
    for (const Lc lc : positions) visit(entries_[lc - 1].key);
  }
  void events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) override {
    for (const Lc lc : positions)
      if (!visit(entries_[lc - 1])) return;
  }

 private:
  std::vector<std::string> values_;
  std::vector<Event> entries_;
};

double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

using Shown = std::map<std::string, std::string>;

Shown by_a_loop(const std::vector<Event>& events) {
  const auto with = reducer();
  std::unordered_map<std::string, std::unique_ptr<folds::State>> states;
  for (const Event& event : events) {
    const auto input = with->read(event);
    for (const std::string& key : with->keys_of(*input)) {
      auto& state = states[key];
      if (!state) state = with->initial(key);
      with->apply(*state, key, *input);
    }
  }
  Shown shown;
  for (const auto& [key, state] : states) shown[key] = with->show(*state);
  return shown;
}

struct Folded {
  std::unique_ptr<folds::Fold> fold;
  Shown shown;
  double us = 0;
};

Folded by_a_fold(Log& log) {
  Folded done;
  done.fold = std::make_unique<folds::Fold>(reducer(), log);
  const folds::FoldSink sink = [&](const std::string& key, const std::string* json) { done.shown[key] = *json; };
  const double began = now_us();
  for (const Event& event : log.entries()) {
    done.fold->apply(event);
    if (event.lc % events_a_commit == 0) done.fold->flush(sink);
  }
  done.fold->flush(sink);
  done.us = now_us() - began;
  return done;
}

void require_same(const Folded& folded, std::vector<Event> events) {
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.key < b.key; });
  if (folded.shown != by_a_loop(events)) throw std::runtime_error("the fold's states are not the loop's");
}

}  // namespace

FoldFigures measure_fold(std::uint64_t events) {
  FoldFigures figures;
  const auto count = static_cast<double>(events);
  {
    Log log(events, false);
    const double began = now_us();
    by_a_loop(log.entries());
    figures.loop_per_us = count / (now_us() - began);
    const Folded folded = by_a_fold(log);
    figures.in_order_per_us = count / folded.us;
    require_same(folded, log.entries());
    const double moment_began = now_us();
    for (std::size_t i = 0; i < trucks; ++i) folded.fold->show_at(fmt::format("t{}", i), log.entries()[events / 2].key);
    figures.moment_us = (now_us() - moment_began) / trucks;
  }
  Log log(events, true);
  const Folded folded = by_a_fold(log);
  figures.backdated_per_us = count / folded.us;
  figures.backdated_applied = static_cast<double>(folded.fold->applied()) / count;
  require_same(folded, log.entries());
  return figures;
}

std::string told(const FoldFigures& figures, std::uint64_t events) {
  return fmt::format(
      "{:<32}{:>10}   {:.2f} M events/s in order, {:.2f} with one in ten backdated by up to {} events ({:.2f} folded "
      "for "
      "each); a plain loop {:.2f}; one state as of half its events ago {:.0f} us\n",
      "Fold of typed JSON events", events, figures.in_order_per_us, figures.backdated_per_us, most_late,
      figures.backdated_applied, figures.loop_per_us, figures.moment_us);
}

}  // namespace laterbase::bench
