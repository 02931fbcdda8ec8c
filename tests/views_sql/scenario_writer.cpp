#include "tests/views_sql/scenario_writer.h"

#include "tests/views_sql/query_parts.h"
#include "tests/views_sql/query_writer.h"

namespace laterbase::sql {
namespace {

constexpr std::uint64_t hour_ms = 3'600'000;

class ScenarioWriter {
 public:
  ScenarioWriter(tests::Choices& choices, const Reach& reach) : choices_(choices), writer_(choices, reach) {}

  Scenario write(bool merging) {
    add(Step::Kind::sql, writer_.schema());
    if (merging) {
      add(Step::Kind::here, writer_.merging_schema());
      add(Step::Kind::postgres, writer_.merging_schema_for_postgres());
    }
    add(Step::Kind::sql, writer_.rows());
    // One a step: that the writer's views are there where the first is refused by both would be wrong.
    add(Step::Kind::sql, writer_.view());
    if (choices_.chance(25)) add(Step::Kind::sql, writer_.view());
    choices_.some(step_part, 5, 8, [&] { step(); });
    return std::move(scenario_);
  }

 private:
  void add(Step::Kind kind, std::string text, std::uint64_t number = 0) {
    const bool has_text =
        kind == Step::Kind::sql || kind == Step::Kind::alter || kind == Step::Kind::here || kind == Step::Kind::event;
    if (text.empty() && has_text) return;
    scenario_.steps.push_back({kind, number, std::move(text)});
  }

  void step() {
    const std::uint64_t what = choices_.below(100);
    if (what >= 97) return add(Step::Kind::restart, "");
    if (what >= 92) return add(Step::Kind::crash, "", choices_.chance(50) ? 1 + choices_.below(60) : 0);
    if (what >= 87) return add(Step::Kind::deliver, "", 1 + choices_.below(1'000'000));
    if (what >= 85) return add(Step::Kind::sql, writer_.replaced_view());
    if (what >= 83) return add(Step::Kind::sql, writer_.view());
    if (what >= 77) return add(Step::Kind::alter, writer_.alteration());
    if (writer_.has_merging_table() && what >= 50) {
      if (choices_.chance(50)) return add(Step::Kind::here, writer_.merging_change());
      return add(Step::Kind::event, writer_.facts(), choices_.below(3) * hour_ms);
    }
    std::string text = writer_.change();
    choices_.some(change_part, 1, 3, [&] { text += writer_.change(); });
    add(Step::Kind::sql, text);
  }

  tests::Choices& choices_;
  QueryWriter writer_;
  Scenario scenario_;
};

}  // namespace

Scenario write_scenario(tests::Choices& choices) {
  Reach reach;
  reach.may_fail = choices.chance(20);
  reach.depth = 1 + static_cast<int>(choices.below(4));
  const bool merging = choices.chance(25);
  return ScenarioWriter(choices, reach).write(merging);
}

}  // namespace laterbase::sql
