#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/support/report.h"
#include "bench/sync/appended.h"
#include "bench/sync/exchanges.h"
#include "bench/sync/nodes.h"
#include "bench/sync/scattered.h"

// ./dev bench sync [index | nodes | EVENTS [SEED]]: what the index of a replica costs, and what finding scattered
// differences does; what the real program does, a first copy and a mesh; what exchanges between two logs of so many
// events take; or all of it.
namespace {

using namespace laterbase::bench;

void goal(const std::string& name, double figure, const std::string& unit, double most) {
  fmt::print("{}", row_text({name, figure, 0, unit, most, Better::lower, ""}));
  std::fflush(stdout);
}

void print_appended(std::uint64_t events) {
  const Appended figures = measure_appended(events);
  fmt::print("following a log of {} events of 200 bytes (reading it: {:.0f} ns an event)\n", events, figures.read_ns);
  goal("index, an appended event", figures.index_ns, "ns", 500);
  goal("index with cells kept, an appended event", figures.index_cells_ns, "ns", 500);
  goal("index, a backdated event", figures.backdated_ns, "ns", 3000);
  goal("index on disk, of the events' bytes", figures.saved_share * 1000, "of 1000", 10);
  fmt::print("loading it: {:.1f} ms\n\n", figures.load_ms);
}

void print_scattered(std::uint64_t differences, double mine_share, std::uint64_t rounds) {
  const Scattered figures = measure_scattered(differences, mine_share, rounds);
  fmt::print("{} differences in a million events, {:.0f} % of them the asking side's; {:.2f} cells each\n", differences,
             mine_share * 100, figures.cells);
  goal("needed more than 2 round trips", (1 - figures.peeled) * 1000, "of 1000", 10);
  goal("bytes a difference", figures.bytes, "B", 60);
  goal("bytes a difference, in 99 of 100 at most", figures.bytes_99, "B", 75);
  goal("processor, who asks", figures.initiator_ms, "ms", 100);
  goal("processor, who answers", figures.answerer_ms, "ms", 100);
}

void measure_index() {
  fmt::print("{}\n", row_header());
  print_appended(1'000'000);
  for (const double mine_share : {0.5, 0.0}) {
    print_scattered(100, mine_share, 5000);
    print_scattered(1000, mine_share, 2000);
    print_scattered(10'000, mine_share, 200);
    print_scattered(100'000, mine_share, 30);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  if (what.empty() || what == "index") measure_index();
  if (what != "index" && what != "nodes")
    measure_exchanges(what.empty() ? 1'000'000 : std::strtoull(what.c_str(), nullptr, 10), seed);
  if (what.empty() || what == "nodes") measure_nodes(1'000'000);
  return 0;
}
