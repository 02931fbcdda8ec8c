#include <cstdlib>

#include "bench/sync/exchanges.h"

// ./dev bench sync [EVENTS [SEED]]
int main(int argc, char** argv) {
  const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  laterbase::bench::measure_exchanges(events, seed);
  return 0;
}
