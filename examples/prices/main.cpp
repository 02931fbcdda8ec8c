#include <fmt/format.h>

#include "engine/table/table.h"
#include "engine/table/table_space.h"

// A table of prices, declared once, asked, and left as a file that other programs read: `prices FILE`, then
// `prices_reader FILE`.
namespace {

using namespace laterbase;
using namespace laterbase::worktable;
using laterbase::worktable::index;  // POSIX has one too

using Prices = worktable::Table<"price", column<"id", std::uint64_t, primary_key, autoincrement>,
                                column<"exchange", std::uint8_t, index>, column<"bid", double, ordered_index>,
                                column<"at", std::uint64_t, ordered_index>>;

void fill(Prices& prices) {
  for (std::uint64_t second = 0; second < 1000; ++second)
    (void)prices.insert(static_cast<std::uint8_t>(second % 3), 900.0 + static_cast<double>(second % 200), second);
}

void ask(Prices& prices) {
  auto above = prices.select<"bid", "at">().where<"bid">(greater, 1000.0);
  fmt::print("{} bids are above 1000; the first of them, by time:\n", above.count());
  for (const auto& [bid, at] : above.order_by<"at">().limit(3)) fmt::print("  {:.2f} at second {}\n", bid, at);

  const auto late = prices.select<"id">().where<"at">(between, 990, 999).count();
  fmt::print("{} prices are of the last ten seconds\n", late);

  const auto raised = prices.select<"id">().where<"exchange">(equal, 2).where<"bid">(less, 910.0).update<"bid">(910.0);
  fmt::print("{} bids of exchange 2 are raised to 910\n", raised.value());

  (void)prices.modify<"bid">(1, [](double& bid) { bid += 0.5; });
  fmt::print("the first price is {:.2f} now\n", prices.find(1)->get<"bid">());
}

int run(const std::string& path) {
  Prices prices;
  const auto file = open_space(real_disk(), path, prices.rows());
  if (!file) {
    fmt::print("{}\n", file.error().detail);
    return 1;
  }
  prices.adopt();
  fmt::print("{} prices were in {}\n", prices.size(), path);
  if (prices.size() == 0) fill(prices);
  ask(prices);
  const auto report = save(prices.rows(), **file);
  fmt::print("saved: {} rows as generation {}\n", report.rows, report.generation);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print("prices FILE\n");
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const Failure& failure) {
    fmt::print("{}\n", failure.what());
    return 1;
  }
}
