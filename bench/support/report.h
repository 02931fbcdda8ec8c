#pragma once

#include <optional>
#include <string>
#include <vector>

// What a benchmark prints: rows of a subject beside a baseline, their ratio beside its goal.
namespace laterbase::bench {

enum class Better { higher, lower };

struct Row {
  std::string name;
  double subject = 0;
  double baseline = 0;  // 0: none, then the subject itself is held against the goal
  std::string unit;
  std::optional<double> goal;  // of subject / baseline, or of the subject
  Better better = Better::higher;
  std::string baseline_name;

  double measured() const { return baseline > 0 ? subject / baseline : subject; }
  bool reached() const { return !goal || (better == Better::higher ? measured() >= *goal : measured() <= *goal); }
};

std::string row_header();
std::string row_text(const Row& row);

// Subject and baseline in turns, so that a noisy machine disturbs both; the ratio is the median of the turns' ratios.
class Turns {
 public:
  void add(double subject, double baseline);
  // The median turn: the subject and the baseline whose ratio is in the middle. At least one turn was added.
  std::pair<double, double> median() const;

 private:
  std::vector<std::pair<double, double>> turns_;
};

}  // namespace laterbase::bench
