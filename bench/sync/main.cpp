#include <cstdlib>

#include "bench/sync/exchanges.h"

// ./dev bench sync [EVENTS]
int main(int argc, char** argv) {
  const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  laterbase::bench::measure_exchanges(events);
  return 0;
}
