#include <catch2/catch.hpp>
#include <chrono>
#include <map>

#include "server/laterbase.h"

// The test kit says of each of these folds what is wrong with it, and of the good one nothing.
namespace {

using laterbase::Sample;
using laterbase::TrialOptions;
using laterbase::Verdict;

struct Scan {
  std::string truck;
  int kg = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Scan, truck, kg)

struct Load {
  int kg = 0;
  std::vector<int> order;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg, order)

// What is left out of the JSON is lost when a state is saved.
struct Forgetful {
  int kg = 0, hidden = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Forgetful, kg)

struct Shared {
  std::shared_ptr<int> kg = std::make_shared<int>(0);
};
void to_json(nlohmann::json& json, const Shared& shared) { json = *shared.kg; }
void from_json(const nlohmann::json& json, Shared& shared) { shared.kg = std::make_shared<int>(json.get<int>()); }

const auto truck_of = [](const Scan& scan) { return scan.truck; };
const auto append = [](Load& load, const Scan& scan) {
  load.kg = load.kg * 2 + scan.kg;
  load.order.push_back(scan.kg);
};

std::vector<Sample<Scan>> samples() {
  std::vector<Sample<Scan>> all;
  for (int i = 0; i < 40; ++i) all.push_back({1'760'000'000'000 + i / 2 * 1000, {"t" + std::to_string(i % 3), i % 11}});
  return all;
}

TrialOptions quick() {
  TrialOptions options;
  options.clock_ms = 0;
  options.orders = 20;
  return options;
}

}  // namespace

TEST_CASE("a fold that is a function of its events passes") {
  const Verdict verdict = laterbase::try_fold<Load, Scan>(truck_of, append, samples(), quick());
  INFO(verdict.words);
  CHECK(verdict.ok);
}

TEST_CASE("a fold that looks at when events arrived is found, with the fewest events that show it") {
  const auto first_come = [](Load& load, const Scan& scan, const laterbase::Event& event) {
    load.kg += scan.kg * static_cast<int>(event.lc % 5);
  };
  const Verdict verdict = laterbase::try_fold<Load, Scan>(truck_of, first_come, samples(), quick());
  CHECK_FALSE(verdict.ok);
  CHECK_THAT(verdict.words, Catch::Contains("arrive"));
  CHECK(verdict.events.size() <= 3);
  CHECK_FALSE(verdict.events.empty());
}

TEST_CASE("a fold that keeps something between its calls is found") {
  int calls = 0;
  const auto counting = [&calls](Load& load, const Scan& scan) { load.kg += scan.kg + ++calls; };
  const Verdict verdict = laterbase::try_fold<Load, Scan>(truck_of, counting, samples(), quick());
  CHECK_FALSE(verdict.ok);
  CHECK_THAT(verdict.words, Catch::Contains("kept from one call to the next"));
  CHECK(verdict.events.size() == 1);
}

TEST_CASE("a fold that looks at a clock is found") {
  const auto clock = [](Load& load, const Scan&) {
    load.kg = static_cast<int>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::seconds(1));
  };
  TrialOptions options = quick();
  options.clock_ms = 1'100;
  const Verdict verdict = laterbase::try_fold<Load, Scan>(truck_of, clock, samples(), options);
  CHECK_FALSE(verdict.ok);
}

TEST_CASE("a state that its JSON does not hold, or whose copies are no copies, is found") {
  const auto remember = [](Forgetful& state, const Scan& scan) { state.kg += ++state.hidden * scan.kg; };
  const Verdict forgets = laterbase::try_fold<Forgetful, Scan>(truck_of, remember, samples(), quick());
  CHECK_FALSE(forgets.ok);
  CHECK_THAT(forgets.words, Catch::Contains("not in its JSON"));
  const auto share = [](Shared& state, const Scan& scan) { *state.kg += scan.kg; };
  const Verdict shares = laterbase::try_fold<Shared, Scan>(truck_of, share, samples(), quick());
  CHECK_FALSE(shares.ok);
  CHECK_THAT(shares.words, Catch::Contains("share"));
}

TEST_CASE("events that can't be decoded count where that is asked for") {
  std::vector<Sample<nlohmann::json>> odd{{1, nlohmann::json{{"lorry", "t7"}}}};
  TrialOptions options = quick();
  options.passes_over_none = true;
  const auto truck = [](const nlohmann::json& json) {
    if (!json.contains("truck")) throw laterbase::Undecodable("no truck");
    return json["truck"].get<std::string>();
  };
  const auto add = [](Load& load, const nlohmann::json& json) { load.kg += json.value("kg", 0); };
  CHECK_FALSE(laterbase::try_fold<Load, nlohmann::json>(truck, add, odd, options).ok);
  options.passes_over_none = false;
  CHECK(laterbase::try_fold<Load, nlohmann::json>(truck, add, odd, options).ok);
}
