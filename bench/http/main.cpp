#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>

#include "bench/http/bare_beast.h"
#include "bench/http/measures.h"
#include "tests/support/node.h"

// ./dev bench http [--quick]: the whole program over HTTP beside what the same machine does without it, in one run.
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

void measure(const Plan& plan) {
  fmt::print("Each ratio is the median of {} turns of both, {} s each.\n\n{}", plan.turns, plan.seconds, row_header());
  std::fflush(stdout);
  for (const auto question : {measure_ingest, measure_singles, measure_backdated, measure_large}) {
    try {
      question(plan, print);
    } catch (const laterbase::tests::DidNotStart& failure) {
      fmt::print("laterbase did not start: {}\n", failure.log);
    } catch (const std::exception& failure) {
      fmt::print("could not be measured: {}\n", failure.what());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--serve-bare-beast") == 0) {
    serve_bare_beast();
    return 0;
  }
  use_disk();
  measure(argc > 1 && std::strcmp(argv[1], "--quick") == 0 ? quick : thorough);
  return 0;
}
