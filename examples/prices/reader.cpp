#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "engine/table/space_reader.h"

// Reads the file that `prices` keeps, while that may be writing it: `prices_reader FILE [ID]`. Nothing is linked; the
// headers are all there is.
namespace {

using laterbase::worktable::SpaceReader;
using laterbase::worktable::SpaceView;
namespace space = laterbase::worktable::space;

void show_one(SpaceReader& prices, std::uint64_t id) {
  const auto bid = prices.field<double>("bid");
  if (const auto price = prices.find(id))
    std::printf("price %llu: %.2f\n", static_cast<unsigned long long>(id), price[bid]);
  else
    std::printf("there is no price %llu\n", static_cast<unsigned long long>(id));
}

void show_greatest(SpaceReader& prices) {
  const auto bid = prices.field<double>("bid");
  const double greatest = prices.read([&](const SpaceView& view) {
    double most = 0;
    view.each([&](const space::Row& price) { most = std::max(most, price[bid]); });
    return most;
  });
  std::printf("the greatest bid is %.2f\n", greatest);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::puts("prices_reader FILE [ID]");
    return 2;
  }
  try {
    SpaceReader prices(argv[1]);
    show_one(prices, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
    show_greatest(prices);
    return 0;
  } catch (const std::exception& problem) {
    std::printf("%s\n", problem.what());
    return 1;
  }
}
