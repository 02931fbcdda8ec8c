#include "tests/views_sql/scenario.h"

#include <array>
#include <sstream>

namespace laterbase::sql {
namespace {

constexpr std::array<const char*, 8> names = {"sql",   "alter",   "here",  "postgres",
                                              "event", "restart", "crash", "deliver"};
constexpr std::string_view heading = "-- step ";

}  // namespace

std::string Scenario::text() const {
  std::string text;
  for (const Step& step : steps) {
    text += std::string(heading) + names[static_cast<std::size_t>(step.kind)];
    const bool numbered =
        step.kind == Step::Kind::event || step.kind == Step::Kind::crash || step.kind == Step::Kind::deliver;
    if (numbered) text += " " + std::to_string(step.number);
    text += "\n" + step.text;
    if (!step.text.empty() && step.text.back() != '\n') text += "\n";
  }
  return text;
}

Scenario Scenario::parse(const std::string& text) {
  Scenario scenario;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(heading)) {
      if (!scenario.steps.empty() && !line.starts_with("--")) scenario.steps.back().text += line + "\n";
      continue;
    }
    std::istringstream words(line.substr(heading.size()));
    std::string name;
    Step step;
    words >> name >> step.number;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (name == names[i]) step.kind = static_cast<Step::Kind>(i);
    }
    scenario.steps.push_back(step);
  }
  return scenario;
}

}  // namespace laterbase::sql
