#include "bench/views/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "engine/base/random.h"
#include "engine/folds/listed.h"
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

// What is folded, in memory, so that only folding is measured: in the order in which it came, some of it late.
class Scans {
 public:
  Scans(std::uint64_t count, bool backdated) : values_(values(count)), log_(events(values_, backdated)) {}
  folds::ListedEvents& log() { return log_; }

 private:
  static std::vector<std::string> values(std::uint64_t count) {
    Random random(3);
    std::vector<std::string> values;
    values.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i)
      values.push_back(
          fmt::format(R"({{"truck":"t{}","kg":{}}})", random.below(trucks), static_cast<int>(random.below(200)) - 90));
    return values;
  }
  static std::vector<Event> events(const std::vector<std::string>& values, bool backdated) {
    Random random(4);
    std::vector<Event> events;
    events.reserve(values.size());
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      const std::uint64_t late = backdated && random.one_in(10) ? random.below(most_late) : 0;
      Event event;
      event.key = Ulid::first_of(static_cast<std::int64_t>(1'700'000'000'000 + i - std::min(i, late)));
      event.key.low = i;
      event.value = values[i];
      event.is_json = true;
      events.push_back(event);
    }
    return events;
  }

  std::vector<std::string> values_;
  folds::ListedEvents log_;
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

Folded by_a_fold(folds::ListedEvents& log) {
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
    Scans scans(events, false);
    folds::ListedEvents& log = scans.log();
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
  Scans scans(events, true);
  folds::ListedEvents& log = scans.log();
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
