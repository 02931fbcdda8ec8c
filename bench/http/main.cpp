#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "bench/http/bare_beast.h"
#include "bench/http/measures.h"
#include "tests/support/node.h"

// ./dev bench http [--quick] [ingest|singles|backdated|large]…: the whole program over HTTP beside what the same
// machine does without it, in one run.
namespace {

using namespace laterbase::bench;

constexpr Plan thorough = {.seconds = 2, .turns = 3, .batches = 1000};
constexpr Plan quick = {.seconds = 0.5, .turns = 1, .batches = 200};

void print(const Row& row) {
  std::fputs(row_text(row).c_str(), stdout);
  std::fflush(stdout);
}

// Data on the same disk as the tree, not in a temporary file system.
void use_disk() {
  std::filesystem::create_directories("build/bench");
  ::setenv("TMPDIR", std::filesystem::absolute("build/bench").c_str(), 1);
}

struct Question {
  std::string name;
  void (*measure)(const Plan&, const Sink&);
};

const std::vector<Question>& questions() {
  static const std::vector<Question> all = {{"ingest", measure_ingest},
                                            {"singles", measure_singles},
                                            {"backdated", measure_backdated},
                                            {"large", measure_large}};
  return all;
}

void answer(const Question& question, const Plan& plan) {
  try {
    question.measure(plan, print);
  } catch (const laterbase::tests::DidNotStart& failure) {
    fmt::print("{}: laterbase did not start: {}\n", question.name, failure.log);
  } catch (const std::exception& failure) {
    fmt::print("{} could not be measured: {}\n", question.name, failure.what());
  }
}

void measure(const Plan& plan, const std::set<std::string>& wanted) {
  fmt::print("Each ratio is the median of {} turns of both, {} s each.\n\n{}", plan.turns, plan.seconds, row_header());
  std::fflush(stdout);
  for (const Question& question : questions()) {
    if (wanted.empty() || wanted.contains(question.name)) answer(question, plan);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> words(argv + 1, argv + argc);
  if (words.contains("--serve-bare-beast")) {
    serve_bare_beast();
    return 0;
  }
  use_disk();
  const bool is_quick = words.erase("--quick") > 0;
  measure(is_quick ? quick : thorough, words);
  return 0;
}
